import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OriginKey } from './origin-key.ts';

const run = promisify(execFile);

/** Why nothing can be signed by gpg here; undefined when it can. */
export function whyNoGpg(): string | undefined {
  const { status } = spawnSync('gpg', ['--version']);
  return status === 0 ? undefined : 'gpg is not on PATH';
}

/** A home of GnuPG with keys of its own, and its agent. */
export class Gpg {
  readonly #home: string;
  #files = 0;

  private constructor(home: string) {
    this.#home = home;
  }

  static async start(): Promise<Gpg> {
    // The path is short because the agent's socket lies in it.
    const gpg = new Gpg(await mkdtemp('/tmp/tos-'));
    // Otherwise the agent first measures how slow it can make passphrases.
    await gpg.file('gpg-agent.conf', 's2k-count 65536\n');
    return gpg;
  }

  get #env(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, GNUPGHOME: this.#home, LC_ALL: 'C' };
  }

  async run(...args: readonly string[]): Promise<Buffer> {
    const all = ['--batch', '--no-tty', '--quiet', '--pinentry-mode', 'loopback', ...args];
    const { stdout } = await run('gpg', all, { env: this.#env, encoding: 'buffer' });
    return stdout;
  }

  /** @returns the fingerprint */
  async makeKey(name: string, kind: readonly string[], passphrase = ''): Promise<string> {
    const [algorithm = '', usage = 'sign', expiry = 'never', ...options] = kind;
    const [before, id] = [options, `${name} <${name}@example.org>`];
    const making = ['--quick-gen-key', id, algorithm, usage, expiry];
    await this.run(...before, '--passphrase', passphrase, ...making);
    return this.fingerprint(name);
  }

  async fingerprint(name: string): Promise<string> {
    const listing = await this.run('--with-colons', '--list-keys', `${name}@example.org`);
    return /^fpr:+([0-9A-F]{40}):/mu.exec(listing.toString())?.[1] ?? '';
  }

  async export(fingerprint: string): Promise<string> {
    return (await this.run('--armor', '--export', fingerprint)).toString();
  }

  /** A detached signature, binary unless the options say otherwise. */
  async sign(signer: string, data: Uint8Array, ...options: readonly string[]): Promise<Buffer> {
    this.#files += 1;
    const input = await this.file(`data-${this.#files}`, data);
    return this.run(...options, '-u', signer, '--output', '-', '--detach-sign', input);
  }

  async file(name: string, content: Uint8Array | string): Promise<string> {
    const path = join(this.#home, name);
    await writeFile(path, content);
    return path;
  }

  async revoke(fingerprint: string): Promise<void> {
    await this.run('--import', await this.file('revocation', await this.#revocation(fingerprint)));
  }

  /** The certificate that gpg makes with each key, for the day on which it is needed. */
  async #revocation(fingerprint: string): Promise<string> {
    const path = join(this.#home, 'openpgp-revocs.d', `${fingerprint}.rev`);
    return (await readFile(path, 'utf8')).replace(':-----BEGIN', '-----BEGIN');
  }

  /** The public key, revoked; here it goes on signing. */
  async exportRevoked(fingerprint: string): Promise<string> {
    const elsewhere = await Gpg.start();
    try {
      for (const text of [await this.export(fingerprint), await this.#revocation(fingerprint)]) {
        await elsewhere.run('--import', await elsewhere.file('key', text));
      }
      return await elsewhere.export(fingerprint);
    } finally {
      await elsewhere.stop();
    }
  }

  /** A key as origin registries of tests have them. It signs each content once. */
  async originKey(name: string, kind: readonly string[], ...signing: string[]): Promise<OriginKey> {
    const fingerprint = await this.makeKey(name, kind);
    const signatures = new Map<string, Promise<Buffer>>();
    return {
      armor: await this.export(fingerprint),
      fingerprint,
      keyId: fingerprint.slice(-16),
      revoked: () => this.exportRevoked(fingerprint),
      sign: (bytes) => {
        const text = bytes.toString('latin1');
        const signature = signatures.get(text) ?? this.sign(fingerprint, bytes, ...signing);
        signatures.set(text, signature);
        return signature;
      },
    };
  }

  async stop(): Promise<void> {
    await run('gpgconf', ['--kill', 'all'], { env: this.#env });
    await rm(this.#home, { recursive: true, force: true });
  }
}
