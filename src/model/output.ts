/** An output of a view besides its own: that of a combined-use period, or the one of the subjects who authorised it. */
export interface PeriodOutput {
  readonly period: string;
  readonly authorised: boolean;
}
