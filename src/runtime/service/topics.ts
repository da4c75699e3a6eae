import type { Plan } from '../../model/plan.ts';

/**
 * A plan whose event types have the topics of a configuration (`topics.sources`), too: what comes on one of them is that event
 * or a fault, whatever the topic is called.
 */
export const withTopics = (plan: Plan, sources: Readonly<Record<string, string>>): Plan => ({
  ...plan,
  events: plan.events.map((event) => {
    const own = Object.hasOwn(sources, event.name) ? sources[event.name] : null;
    return own === null || event.topics.includes(own) ? event : { ...event, topics: [...event.topics, own] };
  }),
});
