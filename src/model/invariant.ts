/** A contradiction inside unjoin: the process ends before it commits (exit 70). The message is ours, without values. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Ends the process rather than go on with a state that cannot be. Stays on in production. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}
