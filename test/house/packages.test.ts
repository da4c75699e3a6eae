import t from 'tap';
import { importsOf, parse } from './rules/syntax.ts';
import { filesUnder, isTypeScript, read } from './rules/tree.ts';
import { inRange } from './rules/versions.ts';

interface Manifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly engines?: { readonly node?: string } | readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifest: Manifest = JSON.parse(read('package.json'));
const locked: Readonly<Record<string, Locked>> = JSON.parse(read('package-lock.json')).packages;
const packages = Object.entries(locked).filter(([path]) => path !== '');

/** The oldest Node that is promised to work. */
const OLDEST_NODE = '20.19.0';

/** Packages that are run, not imported: the compiler and the formatter by scripts, types by the compiler. */
const RUN_ONLY = /^(typescript|tsx|@biomejs\/biome|@stryker-mutator\/.*|@types\/.*)$/;

const packageOf = (specifier: string): string => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

const importedFrom = (folders: readonly string[]): Set<string> =>
  new Set(
    folders
      .flatMap((folder) => filesUnder(folder, isTypeScript))
      .flatMap((file) => importsOf(parse(file, read(file))))
      .filter(({ from }) => !from.startsWith('.') && !from.startsWith('node:') && from !== '(computed)')
      .map(({ from }) => packageOf(from)),
  );

/** Packages whose files are read rather than imported: their names stand as texts in sources. */
const namedInSources = (name: string): boolean => filesUnder('src', isTypeScript).some((file) => read(file).includes(`'${name}/`));

t.test('every dependency is pinned exactly', async (t) => {
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
    t.match(version, /^\d+\.\d+\.\d+$/, name);
    t.equal(locked[`node_modules/${name}`]?.version, version, `${name} is locked at its pin`);
  }
});

t.test('every dependency is used, and sources use nothing else', async (t) => {
  const inSources = importedFrom(['src']);
  const anywhere = importedFrom(['src', 'test', 'tools', 'bench']);
  const unused = Object.keys(manifest.dependencies).filter((name) => !inSources.has(name) && !namedInSources(name));
  t.same(unused, [], 'no dependency that src does not use');
  const unusedDev = Object.keys(manifest.devDependencies).filter((name) => !anywhere.has(name) && !RUN_ONLY.test(name));
  t.same(unusedDev, [], 'no development dependency that nothing uses');
  const foreign = [...inSources].filter((name) => manifest.dependencies[name] === undefined);
  t.same(foreign, [], 'src imports dependencies only');
  const undeclared = [...anywhere].filter((name) => ({ ...manifest.dependencies, ...manifest.devDependencies })[name] === undefined);
  t.same(undeclared, [], 'nothing imports a package that is only there by chance');
});

t.test('what users install runs no install scripts', async (t) => {
  const shipped = packages.filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true);
  t.ok(shipped.length >= Object.keys(manifest.dependencies).length);
  t.same(
    shipped.filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path),
    [],
  );
});

t.test('every package accepts the oldest Node that is promised', async (t) => {
  t.equal(manifest.engines.node, '>=20.19');
  t.ok(inRange(OLDEST_NODE, manifest.engines.node));
  const refusing = packages.filter(([, { engines }]) => {
    const range = engines === undefined || Array.isArray(engines) ? undefined : (engines as { readonly node?: string }).node;
    return range !== undefined && !inRange(OLDEST_NODE, range);
  });
  t.same(
    refusing.map(([path, { engines }]) => `${path} ${JSON.stringify(engines)}`),
    [],
  );
});

t.test('every package is locked by content, and no registry is named', async (t) => {
  t.same(
    packages.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path),
    [],
  );
  t.same(
    packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    [],
  );
});

t.test('the lock knows the builds of every platform, or npm ci refuses on all of them', async (t) => {
  const missing = packages.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => locked[`${path}/node_modules/${name}`] === undefined && locked[`node_modules/${name}`] === undefined,
    ),
  );
  t.same(missing, []);
});

t.test('the version reader tells what accepts 20.19', async (t) => {
  const accepting = [
    '>=20',
    '>= 14.6',
    '20 || >=22',
    '^18.17.0 || >=20.5.0',
    '*',
    '',
    '^20.19.0',
    '~20.19',
    '20.x',
    '>=0.11',
    '>=18 <21',
    '20.19.0',
  ];
  for (const range of accepting) t.ok(inRange('20.19.0', range), range);
  const refusing = [
    '>=22',
    '^18',
    '>20.19',
    '<20',
    '>=20.20',
    '20.18.x',
    '^22.12.0 || >=24',
    '~20.18.0',
    '=20.19.1',
    '>=18 <20',
    '<=20.18',
  ];
  for (const range of refusing) t.notOk(inRange('20.19.0', range), range);
  t.throws(() => inRange('20.19.0', '18 - 20'));
});
