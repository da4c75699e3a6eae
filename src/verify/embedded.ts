import { isObject, type Looks, parseJson, survey, type Value } from './json.ts';

/** A copy of a value in which `change` was made of what stands at a path; the value itself where the path leads nowhere. */
const withChanged = (value: Value, path: readonly string[], change: (at: Value) => Value): Value => {
  const [name, ...rest] = path;
  if (name === undefined) return change(value);
  return isObject(value) && Object.hasOwn(value, name) ? { ...value, [name]: withChanged(value[name], rest, change) } : value;
};

/**
 * The value with objects in the place of the texts that hold them; null when a text holds none, or one that `isWithin` (the
 * limits of the policy) refuses.
 */
export const withEmbedded = (paths: readonly string[], value: Value, isWithin: (looks: Looks) => boolean): Value | null => {
  let isSound = true;
  const read = (at: Value): Value => {
    if (typeof at !== 'string') return at;
    const held = parseJson(at);
    if (held === undefined || !isObject(held) || !isWithin(survey(at).whole)) isSound = false;
    return held ?? null;
  };
  const whole = paths.reduce((all, path) => withChanged(all, path.split('.'), read), value);
  return isSound ? whole : null;
};
