import { resolve } from 'node:path';

/** How to make OpenTofu, which is a Go program, trust the authority in `caFile`. */
export interface TrustAdvice {
  readonly caFile: string;
  /** It replaces another one: who trusted that must trust this now. */
  readonly replaced: boolean;
  readonly steps: readonly TrustStep[];
}

export interface TrustStep {
  readonly system: 'linux' | 'macos' | 'windows';
  readonly command: string;
  readonly why: string;
}

/**
 * Go reads `SSL_CERT_FILE` on Linux in place of the system's file of roots, and the folder of them
 * (`SSL_CERT_DIR`, else the system's) besides; on macOS and Windows it asks the system and ignores the variable.
 */
export function trustAdvice(caFile: string, replaced = false): TrustAdvice {
  const path = resolve(caFile);
  return {
    caFile: path,
    replaced,
    steps: [
      {
        system: 'linux',
        command: `SSL_CERT_FILE=${shellQuoted(path)} tofu init`,
        why: "for one command; those in the system's folder of certificates stay trusted beside it",
      },
      {
        system: 'macos',
        command: `security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db ${shellQuoted(path)}`,
        why: 'SSL_CERT_FILE has no effect there; delete the certificate from the keychain afterwards',
      },
      {
        system: 'windows',
        command: `certutil -user -addstore Root "${path}"`,
        why: 'SSL_CERT_FILE has no effect there; remove it afterwards with certutil -user -delstore Root',
      },
    ],
  };
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
