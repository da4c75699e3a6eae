import type { Ladder } from '../../model/ladder.ts';
import type { Attribute } from '../attributes.ts';
import type { Reporter } from '../report.ts';
import { didYouMean } from '../suggest.ts';
import { inputFields } from './attributes.ts';
import type { EventFacts } from './facts.ts';

/** A ladder with several inputs gets each from one field. */
export const axisLaws = (attribute: Attribute, ladder: Ladder, facts: EventFacts, reporter: Reporter): void => {
  const axes = ladder.inputs.map(({ axis }) => axis).filter((axis) => axis !== '');
  const readsOneField = axes.length < ladder.inputs.length;
  const fields = inputFields(attribute, facts);
  const seen = new Set<string>();
  let isSound = true;
  for (const [index, { axis }] of attribute.inputs.entries()) {
    const { at } = fields[index];
    if (axis === '' && !readsOneField) {
      isSound = false;
      reporter.report(
        'axis-missing',
        at,
        `a ${ladder.technique} ladder has several inputs: ${axes.join(', ')}`,
        `add \`axis\`: ${axes.join(' or ')}`,
      );
    } else if (axis !== '' && !axes.includes(axis)) {
      isSound = false;
      const allowed = axes.length === 0 ? 'delete `axis`: the ladder reads one field' : `use one of: ${axes.join(', ')}`;
      reporter.report(
        'axis-unknown',
        [...at, 'axis'],
        `a ${ladder.technique} ladder has no axis \`${axis}\``,
        didYouMean(axis, axes, allowed),
        'value',
      );
    } else if (seen.has(axis)) {
      isSound = false;
      const fix = 'leave one of the fields, or give them different `as`';
      reporter.report(
        'axis-doubled',
        [...at, 'axis'],
        `the attribute \`${attribute.name}\` has the axis \`${axis}\` already`,
        fix,
        'value',
      );
    }
    seen.add(axis);
  }
  if (isSound) checkComplete(attribute, ladder, facts, reporter);
};

const checkComplete = (attribute: Attribute, ladder: Ladder, facts: EventFacts, reporter: Reporter): void => {
  const has = (axis: string): boolean => attribute.inputs.some((input) => input.axis === axis);
  const needed = ladder.inputs.filter((input) => input.axis !== '' && input.optional !== true && !has(input.axis)).map(({ axis }) => axis);
  // A field of the same ladder that forgot its axis is the cause, and has its own issue.
  const isForgotten = facts.attributes.some(({ ladder: name, inputs }) => name === attribute.ladder && inputs[0].axis === '');
  if (needed.length === 0 || isForgotten) return;
  const [{ at }] = inputFields(attribute, facts);
  const message = `the attribute \`${attribute.name}\` lacks the axis ${needed.map((axis) => `\`${axis}\``).join(' and ')}`;
  reporter.report('axis-missing', at, message, `give another field the same ladder and \`axis: ${needed[0]}\``);
};
