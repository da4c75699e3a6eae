/** What Apache Kafka 4.1.1 answers to the steps of the conformance trace, and what the model has to answer. */
export const TRANSCRIPT: readonly string[] = [];
