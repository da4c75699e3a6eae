import { parseDuration } from '../duration.ts';
import type { Reporter } from '../report.ts';
import type { EventFacts, Facts, ViewFacts } from './facts.ts';

/** Views that one consumer reads must not join: by window, by a shared field, or by the sensitive value. */
export const consumerLaws = ({ views }: Facts, reporter: Reporter): void => {
  for (const [index, second] of views.entries()) {
    for (const first of views.slice(0, index)) {
      const consumer = second.view.consumers.find((name) => first.view.consumers.includes(name));
      if (consumer === undefined || second.event === null || first.event !== second.event) continue;
      checkPair(first, second, second.event, consumer, reporter);
    }
  }
};

const checkPair = (first: ViewFacts, second: ViewFacts, event: EventFacts, consumer: string, reporter: Reporter): void => {
  const both = `\`${consumer}\` reads \`${first.name}\` and \`${second.name}\` of the event \`${event.name}\``;
  if (parseDuration(first.view.window) !== parseDuration(second.view.window)) {
    reporter.report(
      'consumer-windows-differ',
      [...second.at, 'window'],
      `${both}; their windows differ`,
      `use ${first.view.window} for both`,
      'value',
    );
  }
  const eventTime = typeof event.event.eventTime === 'string' ? event.event.eventTime : event.event.eventTime.field;
  const seen = new Set(first.attributes.flatMap(({ inputs }) => inputs.map(({ path }) => path)));
  for (const { name, inputs } of second.attributes) {
    const shared = inputs.find(({ path }) => path !== eventTime && seen.has(path));
    if (shared === undefined) continue;
    const level = second.view.path.findIndex((candidate) => Object.hasOwn(candidate, name));
    const message = `${both}; both have \`${shared.path}\`, by which they could be joined`;
    reporter.report(
      'consumer-attribute-shared',
      [...second.at, 'path', level, name],
      message,
      'take it from one view, or give one view to another consumer',
    );
  }
  if (first.sensitive === null || first.sensitive !== second.sensitive) return;
  const message = `${both}; both have the sensitive field \`${first.sensitive.name}\``;
  reporter.report('consumer-sensitive-shared', [...second.at, 'sensitive'], message, 'take it from one of them', 'value');
};
