/** Why a control record was not applied. Nothing of such a record has any effect. */
export const REFUSALS = {
  'not-an-envelope': 'the record is no DSSE envelope of ours, or is too large',
  unsigned: 'the envelope has no signature',
  'unknown-signer': 'a signature is of somebody whom the policy does not list',
  'wrong-signature': "a signature is not that of its signer's key over this payload",
  'not-the-signer': 'the payload names a signer who did not sign it',
  malformed: 'the payload is no control record that is known here',
  'no-right': 'a signer may not say records of this kind',
  'one-signer': 'the record needs two signers',
  replayed: 'the signer has said a record with this number, or a later one, before',
  'out-of-sequence': 'records of the signer are missing before this one',
  'unknown-name': 'the record names a view, dataset, consumer or period that is not there',
  'too-soon':
    'the record changes what is planned, and names a time less than one window after it was appended, or ends an epoch less than one window after its last one',
  'not-rekeyed':
    'somebody has no token under a control key by which windows are decided: the record would not reach them, or the key would forget them',
  contradiction: 'the record contradicts an earlier one, or itself',
} as const;

export type Refusal = keyof typeof REFUSALS;
