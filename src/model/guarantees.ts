/**
 * What is promised, what the promise rests on, and what is not promised: in the same words wherever users read it
 * (manifests of views, `docs/guarantees.md`). "Batch" is what one gate instance decides: one window of one view.
 */
export const GUARANTEES = {
  guaranteed: [
    'at least k subjects of the declared unit',
    'only listed values',
    'no identifiers',
    'the registered-dataset rule',
    "control records as of the window's end",
    'every record accounted for',
  ],
  assuming: [
    'authentic publishers and bindings',
    'fewer colluding gateways than configured',
    'complete, fresh datasets',
    'secret keys',
    'enforced access lists',
    'consumers who do not collude',
  ],
  notGuaranteed: [
    'differential privacy',
    'bounds over many windows',
    'unregistered data',
    'hiding that somebody is in the fleet, or what most of a class shares',
    'presence against someone who knows k-1 members',
    'deletion of copies that consumers made',
    'that outputs are anonymous while source or lineage keys exist (for whoever holds those, they are pseudonymised)',
  ],
} as const;
