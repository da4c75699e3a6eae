/** The parts of a compose file that rules look at. */
export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export interface ComposeService {
  readonly image?: string;
  readonly user?: string | undefined;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: unknown;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

const OURS = 'unjoin:';
const isPinned = (image: string): boolean => /:\d+\.\d+\.\d+(-[\w.-]+)?(@sha256:[0-9a-f]{64})?$/.test(image);
const isRoot = (user: string | undefined): boolean => user === undefined || /^(root|0)(:|$)/.test(user);
const isLoopback = (port: string): boolean => /^(127\.0\.0\.1|\[::1\]):/.test(port);
const isSecret = (name: string): boolean => /passw|secret|token|private/i.test(name);

/** What is wrong with one service whatever it is. */
const serviceBreaks = (compose: Compose, service: ComposeService): string[] => {
  const { image = '', ports = [], volumes = [], depends_on: needs = {} } = service;
  const broken: string[] = [];
  if (!isPinned(image)) broken.push('its image is not pinned');
  if (service.privileged === true || service.security_opt?.includes('no-new-privileges:true') !== true)
    broken.push('it may gain privileges');
  if (service.cap_drop?.includes('ALL') !== true) broken.push('it keeps capabilities');
  for (const port of ports) if (!isLoopback(port)) broken.push(`${port} is published to more than loopback`);
  for (const name of volumes.map((volume) => volume.split(':')[0]))
    if (!/^[./]/.test(name) && !(name in (compose.volumes ?? {}))) broken.push(`the volume ${name} is not declared`);
  for (const [name, { condition }] of Object.entries(needs)) {
    if (compose.services[name] === undefined) broken.push(`it needs ${name}, and there is no service of that name`);
    else if (condition === 'service_healthy' && compose.services[name].healthcheck === undefined)
      broken.push(`it waits for ${name}, which has no health check`);
  }
  if (Object.keys(service.environment ?? {}).some(isSecret)) broken.push('a secret stands in its environment');
  return broken;
};

/** What is wrong with one of ours: it needs neither root nor a file system that it can write. */
const ownBreaks = ({ image, user, read_only: isReadOnly }: ComposeService, version: string): string[] => [
  ...(image === `${OURS}${version}` ? [] : ['its image is of another version than the package']),
  ...(isRoot(user) ? ['it runs as root'] : []),
  ...(isReadOnly === true ? [] : ['its file system can be written']),
];

/** Everything that is wrong with the services of a compose file, as `service: what`. */
export const composeBreaks = (compose: Compose, version: string): string[] =>
  Object.entries(compose.services).flatMap(([name, service]) =>
    [...serviceBreaks(compose, service), ...(service.image?.startsWith(OURS) ? ownBreaks(service, version) : [])].map(
      (broken) => `${name}: ${broken}`,
    ),
  );

/** Images that a Dockerfile begins from, stages of its own left out. */
export const imagesOf = (dockerfile: string): string[] => [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);

/** What a Dockerfile copies out of the project. */
export const copied = (dockerfile: string): string[] =>
  [...dockerfile.matchAll(/^COPY (?!--from)(.*)$/gm)].flatMap(([, paths]) => paths.split(' ').slice(0, -1));

/** True when a `.dockerignore` that first leaves out everything lets a path of the top folder through. */
export const isSent = (ignored: string, path: string): boolean => {
  const lines = ignored.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines[0] !== '*' || lines.includes(`!${path}`);
};
