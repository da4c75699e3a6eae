/**
 * The independent checker: a separate way from the source and the raw policy to the 19 statements of the specification.
 * It shares with the gate only the policy parser, the identifier canonicalisers and the nouns of `model`.
 */
export type { InputRecord, Rows, RunOutputs, VerifyInputs, ViewRows } from './inputs.ts';
export { type PassageFinding, verifyPassages } from './passages.ts';
export { type Finding, formatReport, type Report, STATEMENTS, type StatementId } from './report.ts';
export { verifyRun } from './verify.ts';
