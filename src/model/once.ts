/** Makes a value when it is first asked for: for what takes long to make, and many commands never need. */
export const once = <T extends object>(make: () => T): (() => T) => {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
};
