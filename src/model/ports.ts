/** Port: the wall clock, for logs and alarms only. Nothing that is decided depends on it: windows are cut by append time. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
}

/** Port: doing something later. Simulations put a deterministic one here, so that every failing seed can be replayed. */
export interface Scheduler {
  /** Runs `task` once, `delayMs` or more from now, unless what it returns is called first. */
  schedule(task: () => void, delayMs: number): () => void;
}
