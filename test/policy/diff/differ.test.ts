import t from 'tap';
import { quoted } from '../../../src/policy/diff/differ.ts';
import { diffPolicies } from '../../../src/policy/diff.ts';
import { baseOf, side } from './world.ts';

t.test('what a policy says cannot hide what is told beside it', async (t) => {
  const policy = baseOf();
  policy.views['usage'].purpose = 'sell\u001b[1A\u001b[2K\r\u202enothing';
  const [change] = diffPolicies(side(baseOf()), side(policy));
  t.equal(change.code, 'purpose-changed');
  t.notMatch(change.words, /\p{C}/u);
  t.match(change.words, /sell.+nothing/);
});

t.test('long lists are told in short', async (t) => {
  t.equal(quoted(['a', 'b']), '`a`, `b`');
  t.match(quoted(Array.from({ length: 500 }, (_, index) => index)), /^`0`, .*`7` and 492 more$/);
});
