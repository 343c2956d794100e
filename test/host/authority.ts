/** An authority of its own with certificates that it signed, made by the real openssl. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Signed {
  readonly key: string;
  readonly cert: string;
}

export interface Authority {
  readonly ca: string;
  /** For 127.0.0.1 and localhost. */
  readonly server: Signed;
  readonly client: Signed;
}

/** Null where openssl is not here. */
export function makeAuthority(): Authority | null {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-ca-'));
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const signed = (name: string, extensions: string): Signed => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`);
    return {
      key: readFileSync(join(folder, `${name}.key`), 'utf8'),
      cert: readFileSync(join(folder, `${name}.pem`), 'utf8'),
    };
  };
  try {
    openssl('req', '-x509', ...newKey, '-days', '2', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA');
    return {
      ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
      server: signed('server', 'subjectAltName=IP:127.0.0.1,DNS:localhost\n'),
      client: signed('client', 'extendedKeyUsage=clientAuth\n'),
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
