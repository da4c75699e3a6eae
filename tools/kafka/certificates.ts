import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './command.ts';

/** Guards nothing: the stores lie in a folder of mode 0700 and serve loopback alone. */
export const STORE_PASSWORD = 'changeit';

const KEY = ['-keyalg', 'EC', '-groupname', 'secp256r1', '-sigalg', 'SHA256withECDSA', '-validity', '365'];

export interface Certificates {
  /** PKCS 12 with the broker's key and the chain to its authority. */
  readonly store: string;
  /** Certificate of the authority: what clients trust. */
  readonly caFile: string;
  readonly caPem: string;
}

/** An authority of its own, and a broker's certificate for loopback that it signed, by the JDK's keytool. Made once a folder. */
export const makeCertificates = async (dir: string): Promise<Certificates> => {
  const store = join(dir, 'broker.p12');
  const caFile = join(dir, 'ca.pem');
  if (!existsSync(store)) {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const made = `${store}.partial`;
    const keytool = (...args: string[]) =>
      runTool('keytool', [...args, '-keystore', made, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD]);
    await keytool('-genkeypair', '-alias', 'ca', ...KEY, '-dname', 'CN=unjoin development authority', '-ext', 'bc:c=ca:true,pathlen:0');
    await keytool('-exportcert', '-rfc', '-alias', 'ca', '-file', caFile);
    const names = ['-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'eku=serverAuth'];
    await keytool('-genkeypair', '-alias', 'broker', '-signer', 'ca', ...KEY, '-dname', 'CN=unjoin development broker', ...names);
    // A broker presents any key that its store holds: the authority's must not be one of them.
    await keytool('-delete', '-alias', 'ca');
    renameSync(made, store);
  }
  return { store, caFile, caPem: readFileSync(caFile, 'utf8') };
};
