import { type Diagnostic, type ErrorOptions, printable, TofuOciError } from '../base/index.ts';
import { shown } from './shown.ts';

/** A text that should be a provider address is none. `summary` and `detail` are OpenTofu's two parts. */
export class InvalidProviderAddressError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_PROVIDER';
  readonly category = 'usage';
  readonly text: string;
  readonly summary: string;
  readonly detail: string;
  constructor(text: string, problem: { summary: string; detail: string }, options?: ErrorOptions) {
    super(`${problem.summary}: ${problem.detail}`, options);
    this.text = text;
    this.summary = problem.summary;
    this.detail = problem.detail;
  }
}

/** A text that should be a registry host with an optional port is none; `why` is the bare reason. */
export class InvalidHostnameError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_HOSTNAME';
  readonly category = 'usage';
  readonly text: string;
  readonly why: string;
  constructor(text: string, why: string) {
    super(`invalid hostname ${shown(text)}: ${why}`, {
      hint: 'Write the host as registry.example.com or registry.example.com:8443.',
    });
    this.text = text;
    this.why = why;
  }
}

/** A text that should be an exact version is none; `why` is the bare reason, in OpenTofu's words. */
export class InvalidVersionError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_VERSION';
  readonly category = 'usage';
  readonly text: string;
  readonly why: string;
  constructor(text: string, why: string) {
    super(`invalid version ${shown(text)}: ${why}`, {
      hint: 'Write an exact version: 1.2.3, 1.2.3-beta.1 or 1.2.3+build.',
    });
    this.text = text;
    this.why = why;
  }
}

/**
 * A text that should be version constraints is none. `summary` and `detail` are what OpenTofu prints
 * for one in a configuration; `why` is the bare reason.
 */
export class InvalidConstraintsError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_CONSTRAINTS';
  readonly category = 'usage';
  readonly text: string;
  readonly why: string;
  readonly summary: string;
  readonly detail: string;
  constructor(text: string, why: string, detail = `Incorrect version constraint syntax: ${why}.`) {
    super(`invalid version constraints ${shown(text)}: ${why}`, {
      hint: 'Separate terms by commas: ">= 1.2.0, < 2.0.0", "~> 1.2" or "1.2.3".',
    });
    this.text = text;
    this.why = why;
    this.summary = 'Invalid version constraint';
    this.detail = detail;
  }
}

/** A text that should be a platform such as `linux_amd64` is none; `why` is the bare reason. */
export class InvalidPlatformError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_PLATFORM';
  readonly category = 'usage';
  readonly text: string;
  readonly why: string;
  constructor(text: string, why: string) {
    super(`invalid platform ${shown(text)}: ${why}`, {
      hint: 'Write the operating system and the architecture by their Go names, as in linux_amd64.',
    });
    this.text = text;
    this.why = why;
  }
}

/** A text that should be a package hash (`h1:…`, `zh:…`) is none; `why` is the bare reason. */
export class InvalidHashError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_HASH';
  readonly category = 'integrity';
  readonly text: string;
  readonly why: string;
  constructor(text: string, why: string) {
    super(`invalid provider hash ${shown(text)}: ${why}`);
    this.text = text;
    this.why = why;
  }
}

/** A file name that the `h1:` scheme can not express. */
export class UnhashableNameError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_UNHASHABLE_NAME';
  readonly category = 'integrity';
  readonly fileName: string;
  constructor(fileName: string) {
    super(`the file name ${shown(fileName)} contains a line break and can not be hashed`, {
      hint: 'Rebuild the provider package without this file.',
    });
    this.fileName = fileName;
  }
}

/** An `include` or `exclude` entry that is no pattern of provider addresses. */
export class InvalidPatternError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_PATTERN';
  readonly category = 'usage';
  readonly text: string;
  constructor(message: string, text: string) {
    super(message, {
      hint: 'Write HOST/NAMESPACE/TYPE or NAMESPACE/TYPE, with * from the right: example.com/acme/*.',
    });
    this.text = text;
  }
}

/** A repository template that can serve no provider; every problem found is a diagnostic. */
export class InvalidTemplateError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_TEMPLATE';
  readonly category = 'usage';
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  constructor(text: string, diagnostics: readonly Diagnostic[], options?: ErrorOptions) {
    super(`invalid repository template ${shown(text)}: ${reasonIn(diagnostics)}`, options);
    this.text = text;
    this.diagnostics = diagnostics;
  }
}

/** The title of what we find ourselves says no more than the message does. */
export const templateProblemTitle = 'Invalid repository template';

function reasonIn([first]: readonly Diagnostic[]): string {
  if (first === undefined) return 'unknown problem';
  return first.summary === templateProblemTitle
    ? first.detail
    : `${first.summary}: ${first.detail}`;
}

/** A sound template that has no valid repository for one certain provider. */
export class UnmappableProviderError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_UNMAPPABLE_PROVIDER';
  readonly category = 'usage';
  /** The full address of the provider. */
  readonly provider: string;
  constructor(provider: string, why: string, options?: ErrorOptions) {
    super(
      `selecting OCI repository address: ${why} (for provider ${printable(provider)})`,
      options,
    );
    this.provider = provider;
  }
}

/** A text that should be a location (`--to`, `--from`) is none of the known forms. */
export class InvalidLocationError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_INVALID_LOCATION';
  readonly category = 'usage';
  readonly text: string;
  constructor(text: string, why: string, options?: ErrorOptions) {
    // A password is no part of a location, and somebody may have written one all the same.
    const redacted = text.replaceAll(/[^/@\s]*:[^/@\s]*@/gu, 'REDACTED@');
    super(`invalid location ${shown(redacted)}: ${why}`, options);
    this.text = text;
  }
}

/** A command that must not guess the registry host was given an address without one. */
export class HostRequiredError extends TofuOciError {
  readonly code = 'ERR_DOMAIN_HOST_REQUIRED';
  readonly category = 'usage';
  readonly text: string;
  constructor(text: string, suggestion: string) {
    super(`the address ${shown(text)} names no registry host, and none is assumed here`, {
      hint: `Write it in full, as in ${suggestion}, or give --default-host.`,
    });
    this.text = text;
  }
}
