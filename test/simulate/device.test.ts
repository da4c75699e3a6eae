import fc from 'fast-check';
import t from 'tap';
import { catalogOf } from '../../src/simulate/catalog.ts';
import { householdOf, identityOf, placeOf, profileOf } from '../../src/simulate/device.ts';
import { imeiOf, macOf, spellMac } from '../../src/simulate/identity.ts';
import { MODELS, OPERATIONS } from './fixture.ts';

const SEED = 11;
const catalog = catalogOf(SEED, MODELS, OPERATIONS);
const DEVICES = 30_000;

t.test('households hold three devices on average, in runs without gaps', async (t) => {
  const sizes = new Map<number, number>();
  let last = 0;
  for (let i = 0; i < DEVICES; i++) {
    const { household, slot } = householdOf(SEED, i);
    if (household < last || slot !== (sizes.get(household) ?? 0)) t.fail(`device ${i} is out of turn`);
    last = household;
    sizes.set(household, slot + 1);
  }
  t.equal(sizes.size, DEVICES / 3);
  t.same([...new Set(sizes.values())].sort(), [1, 2, 3, 4, 5, 7]);
});

t.test('households of one device do not always come first', async (t) => {
  const first = new Set<number>();
  for (let block = 0; block < 200; block++) {
    let size = 1;
    while (householdOf(SEED, block * 30 + size).slot !== 0) size++;
    first.add(size);
  }
  t.ok(first.size >= 4);
});

t.test('a device is a function of seed and index, whatever was asked before', async () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (index, other) => {
      const all = (i: number) => {
        const place = placeOf(SEED, i, catalog);
        const identity = identityOf(SEED, place, catalog);
        return JSON.stringify([place, identity, profileOf(SEED, place, identity, catalog)]);
      };
      const before = all(index);
      all(other);
      return all(index) === before;
    }),
  );
});

t.test('ids tell devices, accounts, households and gateways apart', async (t) => {
  const ids = { device: new Set<string>(), household: new Set<string>(), account: new Set<string>(), gateway: new Set<string>() };
  for (let i = 0; i < DEVICES; i++) {
    const identity = identityOf(SEED, placeOf(SEED, i, catalog), catalog);
    ids.device.add(identity.deviceId);
    ids.household.add(identity.householdId);
    ids.account.add(identity.accountId);
    ids.gateway.add(identity.gatewayId);
  }
  t.equal(ids.device.size, DEVICES);
  t.equal(ids.household.size, DEVICES / 3);
  t.equal(ids.account.size, DEVICES / 3);
  t.ok(ids.gateway.size > 7000 && ids.gateway.size < 9500, `a fifth of the households share: ${ids.gateway.size}`);
});

t.test('MAC addresses are distinct and spelled in several ways that mean the same', async (t) => {
  const macs = new Set<string>();
  const forms = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const mac = macOf(SEED, i, undefined);
    macs.add(mac);
    const spelled = spellMac(SEED, i, mac);
    forms.add(spelled.replace(/[0-9]/g, '0').replace(/[a-f]/g, 'a').replace(/[A-F]/g, 'A').replace(/[0aA]/g, ''));
    if (spelled.toLowerCase().replace(/[^0-9a-f]/g, '') !== mac) t.fail('another address');
  }
  t.equal(macs.size, 20_000);
  t.same([...forms].sort(), ['', '-----', '..', ':::::']);
});

t.test('IMEIs have fifteen digits and pass the Luhn check', async () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), (device, hash) => {
      const imei = imeiOf(SEED, device, hash);
      const sum = [...imei].reverse().reduce((total, digit, i) => {
        const value = Number(digit) * (1 + (i % 2));
        return total + (value > 9 ? value - 9 : value);
      }, 0);
      return /^[0-9]{15}$/.test(imei) && sum % 10 === 0;
    }),
  );
});

t.test('models follow a Zipf law: a few are common, most are rare, some unlisted', async (t) => {
  const counts = new Map<string, number>();
  for (let i = 0; i < DEVICES; i++) {
    const { reported } = identityOf(SEED, placeOf(SEED, i, catalog), catalog);
    counts.set(reported, (counts.get(reported) ?? 0) + 1);
  }
  const listed = [...counts].filter(([model]) => !model.startsWith('XP-'));
  const ranked = listed.map(([, n]) => n).sort((a, b) => b - a);
  const share = (n: number) => ranked.slice(0, n).reduce((a, b) => a + b, 0) / DEVICES;
  t.ok(share(ranked.length / 60) > 0.2, `a sixtieth of the models hold ${share(ranked.length / 60)}`);
  const rare = ranked.filter((n) => n < 20).length;
  t.ok(rare > 0.5 * ranked.length, `${rare} of ${ranked.length} models have fewer than 20 devices`);
  const unlisted = counts.size - listed.length;
  t.ok(unlisted > 40 && unlisted < 150, `${unlisted} report a model that no ladder lists`);
});

t.test('known brands are commoner than unknown ones', async (t) => {
  const brands = new Map<string, number>();
  for (let i = 0; i < DEVICES; i++) {
    const { brand } = identityOf(SEED, placeOf(SEED, i, catalog), catalog).model;
    brands.set(brand, (brands.get(brand) ?? 0) + 1);
  }
  const of = (brand: string) => brands.get(brand) ?? 0;
  t.ok(of('Apple') + of('Samsung') > 2 * (of('Acme') + of('Zed')));
});

t.test('phones have an IMEI, other things a serial number, and hardware is the same for one model', async (t) => {
  const hardware = new Map<string, string>();
  for (let i = 0; i < 5000; i++) {
    const place = placeOf(SEED, i, catalog);
    const identity = identityOf(SEED, place, catalog);
    const profile = profileOf(SEED, place, identity, catalog);
    const phone = catalog.kinds[place.kind].name === 'phone';
    if ((profile.imei !== undefined) !== phone || (profile.serial === undefined) !== phone) t.fail(`device ${i}`);
    const text = JSON.stringify(identity.model.hardware);
    if ((hardware.get(identity.model.model) ?? text) !== text) t.fail(`hardware of ${i}`);
    hardware.set(identity.model.model, text);
  }
  t.ok(hardware.size > 100);
});
