/** Numbers (topic, partition) pairs; 0, 1, 2, ... in the order of first sight. */
export interface Sources {
  of(topic: string, partition: number): number;
  topic(source: number): string;
  partition(source: number): number;
  /** `topic:partition:offset`, as reports name a record. */
  name(source: number, offset: number): string;
}

export const createSources = (): Sources => {
  const topics: string[] = [];
  const partitions: number[] = [];
  const known = new Map<string, number>();
  return {
    of(topic, partition) {
      const id = `${partition} ${topic}`;
      let source = known.get(id);
      if (source === undefined) {
        source = topics.length;
        known.set(id, source);
        topics.push(topic);
        partitions.push(partition);
      }
      return source;
    },
    topic: (source) => topics[source],
    partition: (source) => partitions[source],
    name: (source, offset) => `${topics[source]}:${partitions[source]}:${offset}`,
  };
};

/** Numbers texts 0, 1, 2, ... in the order of first sight. */
export interface Interner {
  of(text: string): number;
  /** -1 when it was never seen. */
  find(text: string): number;
  text(id: number): string;
  readonly size: number;
}

export const createInterner = (): Interner => {
  const ids = new Map<string, number>();
  const texts: string[] = [];
  return {
    of(text) {
      let id = ids.get(text);
      if (id === undefined) {
        id = texts.length;
        ids.set(text, id);
        texts.push(text);
      }
      return id;
    },
    find: (text) => ids.get(text) ?? -1,
    text: (id) => texts[id],
    get size() {
      return texts.length;
    },
  };
};
