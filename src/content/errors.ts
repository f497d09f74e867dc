import {
  categoryOf,
  type ErrorCategory,
  type ErrorOptions,
  printable,
  TofuOciError,
} from '../base/index.ts';
import type { Descriptor, Digest } from '../spec/index.ts';

/** Content has another digest than the one it was asked for by. */
export class DigestMismatchError extends TofuOciError {
  readonly code = 'ERR_CONTENT_DIGEST_MISMATCH';
  readonly category = 'integrity';
  readonly expected: Digest;
  readonly actual: Digest;
  constructor(expected: Digest, actual: Digest) {
    super(`content does not match its digest: expected ${expected}, got ${actual}`, {
      hint: 'The sender, or something between, changed the content. Nothing of it was used.',
    });
    this.expected = expected;
    this.actual = actual;
  }
}

/** Content is shorter or longer than its descriptor says. */
export class SizeMismatchError extends TofuOciError {
  readonly code = 'ERR_CONTENT_SIZE_MISMATCH';
  readonly category = 'integrity';
  readonly digest: Digest;
  /** Bytes. */
  readonly expected: number;
  /** Bytes seen; when `actual` is more than `expected`, there may have been more still. */
  readonly actual: number;
  constructor(digest: Digest, expected: number, actual: number) {
    super(
      `content of ${digest} has the wrong size: expected ${expected} bytes, got ` +
        (actual > expected ? `at least ${actual}` : String(actual)),
      { hint: 'The sender, or something between, cut or changed the content. Nothing was used.' },
    );
    this.digest = digest;
    this.expected = expected;
    this.actual = actual;
  }
}

/** The repository is there and does not have what was asked for. */
export class ContentNotFoundError extends TofuOciError {
  readonly code = 'ERR_CONTENT_NOT_FOUND';
  readonly category = 'not-found';
  readonly repository: string;
  /** A tag or a digest. */
  readonly reference: string;
  constructor(repository: string, reference: string, options: ErrorOptions = {}) {
    super(`${printable(reference, 200)} is not in ${repository}`, options);
    this.repository = repository;
    this.reference = reference;
  }
}

export class RepositoryNotFoundError extends TofuOciError {
  readonly code = 'ERR_CONTENT_REPOSITORY_NOT_FOUND';
  readonly category = 'not-found';
  readonly repository: string;
  constructor(repository: string, options: ErrorOptions = {}) {
    super(`there is no repository ${printable(repository, 300)}`, {
      ...options,
      hint:
        options.hint ??
        'Check the address and the location; "tofu-oci list --from LOCATION" tells what is there.',
    });
    this.repository = repository;
  }
}

/** A repository path that is well formed in a registry but can not be a folder of this storage. */
export class RepositoryNameError extends TofuOciError {
  readonly code = 'ERR_CONTENT_REPOSITORY_NAME';
  readonly category = 'usage';
  readonly path: string;
  constructor(path: string, why: string) {
    super(`"${printable(path, 300)}" can not be the name of a repository: ${why}`, {
      hint: 'Use lower-case letters, digits, ".", "_", "-" and "/"; not "blobs", "index.json" or "oci-layout".',
    });
    this.path = path;
  }
}

/** A tag is not where the caller said it was; it was not moved. */
export class TagConflictError extends TofuOciError {
  readonly code = 'ERR_CONTENT_TAG_CONFLICT';
  readonly category = 'conflict';
  readonly repository: string;
  readonly tag: string;
  readonly expected: Digest | 'nothing';
  readonly actual: Digest | 'nothing' | undefined;
  constructor(
    place: { repository: string; tag: string },
    expected: Digest | 'nothing',
    actual?: Digest | 'nothing',
  ) {
    const found = actual === undefined ? 'something else' : actual;
    super(
      `tag ${printable(place.tag, 150)} of ${place.repository} has moved: expected ${expected}, found ${found}`,
      { hint: 'Another writer was faster. Run the same command again.' },
    );
    this.repository = place.repository;
    this.tag = place.tag;
    this.expected = expected;
    this.actual = actual;
  }
}

/** A manifest points at content that is not in the repository. */
export class ChildMissingError extends TofuOciError {
  readonly code = 'ERR_CONTENT_CHILD_MISSING';
  readonly category = 'conflict';
  readonly repository: string;
  readonly manifest: Digest;
  readonly child: Descriptor;
  constructor(repository: string, manifest: Digest, child: Descriptor) {
    super(
      `manifest ${manifest} can not be stored in ${repository}: it points at ${child.digest}, which is not there`,
      { hint: 'Push the blobs and manifests below a manifest before the manifest itself.' },
    );
    this.repository = repository;
    this.manifest = manifest;
    this.child = child;
  }
}

/** Another process has the store open for writing. */
export class StoreLockedError extends TofuOciError {
  readonly code = 'ERR_CONTENT_STORE_LOCKED';
  readonly category = 'conflict';
  readonly folder: string;
  readonly holder: string;
  constructor(folder: string, holder: string) {
    super(`${folder} is in use by ${holder}`, {
      hint: 'Stop the other program, or talk to the server instead of to its folder.',
    });
    this.folder = folder;
    this.holder = holder;
  }
}

/** A folder that should be an OCI image layout is none, or is damaged. */
export class LayoutCorruptError extends TofuOciError {
  readonly code = 'ERR_CONTENT_LAYOUT_CORRUPT';
  readonly category = 'integrity';
  readonly path: string;
  constructor(path: string, why: string, options: ErrorOptions = {}) {
    super(`${path} is not a sound OCI image layout: ${why}`, options);
    this.path = path;
  }
}

/** A file that should be a tar with an OCI image layout in it is none, or is damaged. */
export class ArchiveCorruptError extends TofuOciError {
  readonly code = 'ERR_CONTENT_ARCHIVE_CORRUPT';
  readonly category = 'integrity';
  readonly path: string;
  constructor(path: string, why: string, options: ErrorOptions = {}) {
    super(`${path} is not a sound archive of an OCI image layout: ${why}`, options);
    this.path = path;
  }
}

/** Somebody else wrote the archive while it was about to be replaced. */
export class ArchiveChangedError extends TofuOciError {
  readonly code = 'ERR_CONTENT_ARCHIVE_CHANGED';
  readonly category = 'conflict';
  readonly path: string;
  constructor(path: string) {
    super(`${path} was changed by another program while it was being written`, {
      hint: 'It was left as the other program made it. Run the same command again.',
    });
    this.path = path;
  }
}

/** A store that was opened for reading, or was closed, was asked to write. */
export class StoreReadOnlyError extends TofuOciError {
  readonly code = 'ERR_CONTENT_STORE_READ_ONLY';
  readonly category = 'usage';
  readonly repository: string;
  constructor(repository: string, why: 'read-only' | 'closed') {
    super(
      why === 'closed'
        ? `${repository} has been closed and takes no more content`
        : `${repository} was opened for reading only`,
    );
    this.repository = repository;
  }
}

export class UploadNotFoundError extends TofuOciError {
  readonly code = 'ERR_CONTENT_UPLOAD_NOT_FOUND';
  readonly category = 'not-found';
  readonly id: string;
  constructor(repository: string, id: string) {
    super(`there is no upload ${printable(id, 100)} in ${repository}`, {
      hint: 'It was completed, cancelled or has expired. Start the upload again.',
    });
    this.id = id;
  }
}

/** A second writer of one upload session; the first goes on undisturbed. */
export class UploadBusyError extends TofuOciError {
  readonly code = 'ERR_CONTENT_UPLOAD_BUSY';
  readonly category = 'conflict';
  readonly id: string;
  constructor(id: string) {
    super(`upload ${printable(id, 100)} is busy with another request`);
    this.id = id;
  }
}

/** A copy failed; `side` says where. What it means (category) is what its cause means. */
export class CopyError extends TofuOciError {
  readonly code = 'ERR_CONTENT_COPY';
  readonly category: ErrorCategory;
  readonly side: 'source' | 'destination';
  readonly descriptor: Descriptor;
  /** @param options.isPart something names it, so that the source is damaged where it is missing */
  constructor(
    side: 'source' | 'destination',
    descriptor: Descriptor,
    cause: unknown,
    { isPart = false }: { readonly isPart?: boolean } = {},
  ) {
    const verb = side === 'source' ? 'read from the source' : 'write to the destination';
    super(
      `cannot ${verb}: ${descriptor.digest}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause, hint: hintOf(cause) },
    );
    this.side = side;
    this.descriptor = descriptor;
    const isHole = isPart && side === 'source' && cause instanceof ContentNotFoundError;
    this.category = isHole ? 'integrity' : categoryOf(cause);
  }
}

function hintOf(cause: unknown): string | undefined {
  return cause instanceof TofuOciError ? cause.hint : undefined;
}
