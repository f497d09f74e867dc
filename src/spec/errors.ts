import { type ErrorOptions, printable, TofuOciError } from '../base/index.ts';

/** A text that should be a content digest is none. */
export class InvalidDigestError extends TofuOciError {
  readonly code = 'ERR_SPEC_INVALID_DIGEST';
  readonly category = 'integrity';
  readonly text: string;
  constructor(text: string) {
    super(`invalid digest "${printable(text, 200)}"`);
    this.text = text;
  }
}

/** A text that should name a repository, a tag or a digest in it names none. */
export class InvalidReferenceError extends TofuOciError {
  readonly code = 'ERR_SPEC_INVALID_REFERENCE';
  readonly category = 'usage';
  readonly text: string;
  constructor(text: string, why: string) {
    super(`invalid repository reference "${printable(text, 300)}": ${why}`, {
      hint: 'Write it as registry.example.com/path/to/repository, without https://.',
    });
    this.text = text;
  }
}

/** A text that should be a tag is none. */
export class InvalidTagError extends TofuOciError {
  readonly code = 'ERR_SPEC_INVALID_TAG';
  readonly category = 'usage';
  readonly text: string;
  constructor(text: string) {
    super(`invalid tag "${printable(text, 150)}"`, {
      hint: 'A tag has 1 to 128 letters, digits, "_", "." and "-", and does not begin with "." or "-".',
    });
    this.text = text;
  }
}

/** Bytes that should be an image manifest or an image index are none, or are ambiguous. */
export class InvalidManifestError extends TofuOciError {
  readonly code = 'ERR_SPEC_INVALID_MANIFEST';
  readonly category = 'integrity';
  /** Where in the document: `layers[0].size`; empty for the document as a whole. */
  readonly path: string;
  constructor(path: string, why: string, options: ErrorOptions = {}) {
    super(
      path === '' ? `invalid manifest: ${why}` : `invalid manifest: ${printable(path, 200)} ${why}`,
      options,
    );
    this.path = path;
  }
}
