import { assignTasks } from '../../src/runtime/log/kafka/assignment.ts';
import { createConfirmations } from '../../src/runtime/log/kafka/membership.ts';
import { type Engine, Refusal, type SimProcess } from './engine.ts';

interface Member {
  readonly process: SimProcess;
  seenMs: number;
  readonly owned: readonly number[];
  readonly confirmed: number;
}

/** The group of gate processes at its coordinator. Members learn of a new generation by their next beat: until then, two own a task. */
export interface ModelGroup {
  readonly tasks: number;
  generation: number;
  readonly members: Map<string, Member>;
  assignment: ReadonlyMap<string, readonly number[]>;
}

export const SESSION_MS = 6000;
const BEAT_MS = 600;

export const createGroup = (tasks: number): ModelGroup => ({ tasks, generation: 0, members: new Map(), assignment: new Map() });

const rebalance = (group: ModelGroup): void => {
  group.generation++;
  const members = [...group.members].map(([id, { owned, confirmed }]) => ({ id, owned, generation: confirmed }));
  group.assignment = members.length === 0 ? new Map() : assignTasks(members, group.tasks);
};

/** Members that were silent for too long are given up. */
export const expireMembers = (group: ModelGroup, nowMs: number): void => {
  const silent = [...group.members].filter(([, { seenMs }]) => nowMs - seenMs > SESSION_MS);
  for (const [name] of silent) group.members.delete(name);
  if (silent.length > 0) rebalance(group);
};

export const isAssigned = (group: ModelGroup, process: SimProcess, task: number): boolean =>
  group.assignment.get(process.name)?.includes(task) ?? false;

const MEMBER_UNKNOWN = 25;

interface Told {
  readonly generation: number;
  readonly tasks: readonly number[];
}

const join = (group: ModelGroup, process: SimProcess, owned: readonly number[], confirmed: number, nowMs: number): Told => {
  group.members.set(process.name, { process, seenMs: nowMs, owned, confirmed });
  rebalance(group);
  return { generation: group.generation, tasks: group.assignment.get(process.name) ?? [] };
};

const beat = (group: ModelGroup, process: SimProcess, nowMs: number): Told => {
  const member = group.members.get(process.name);
  if (member === undefined) throw new Refusal(MEMBER_UNKNOWN);
  member.seenMs = nowMs;
  return { generation: group.generation, tasks: group.assignment.get(process.name) ?? [] };
};

/** Membership of one process: beats, joins again, and tells what it owns. Confirmations are the product's own. */
export const joinModelGroup = (engine: Engine, group: ModelGroup, process: SimProcess, onAssigned: (tasks: readonly number[]) => void) => {
  const confirmations = createConfirmations();
  let generation = -1;
  let confirmed = -1;
  let owned: readonly number[] = [];
  let isGone = false;
  const assigned = (told: Told): void => {
    generation = told.generation;
    owned = told.tasks;
    onAssigned(told.tasks);
  };
  const ask = <T>(kind: string, effect: () => T): Promise<T> => engine.call({ process, kind, effect });
  const round = async (): Promise<void> => {
    try {
      if (generation < 0) assigned(await ask('join', () => join(group, process, owned, confirmed, engine.nowMs())));
      else {
        const told = await ask('beat', () => beat(group, process, engine.nowMs()));
        if (told.generation !== generation) assigned(told);
        else {
          confirmed = generation;
          confirmations.beat();
        }
      }
    } catch (error) {
      if ((error as { code?: unknown }).code === MEMBER_UNKNOWN) generation = -1;
    }
    if (!isGone) setTimeout(() => void round(), BEAT_MS);
  };
  void round();
  return {
    confirmed: confirmations.wait,
    leave() {
      isGone = true;
      if (group.members.delete(process.name)) rebalance(group);
    },
  };
};
