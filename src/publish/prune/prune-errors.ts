import { categoryOf, type ErrorCategory, printable, TofuOciError } from '../../base/index.ts';

/** More versions would go than the caller allows; nothing was removed. */
export class PruneLimitError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_MAX_DELETE';
  readonly category = 'usage';
  readonly versions: number;
  readonly allowed: number;
  constructor(versions: number, allowed: number) {
    super(`${versions} versions would be removed, and at most ${allowed} may be; nothing was`, {
      hint: 'Look at the list above. Raise --max-delete if it is right, or keep more.',
    });
    this.versions = versions;
    this.allowed = allowed;
  }
}

/** The newest of a provider are to be kept, and the trust policy accepts none of its versions. */
export class NothingAcceptedError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_NOTHING_ACCEPTED';
  readonly category = 'trust';
  constructor(repository: string, why: string) {
    super(
      `no version in ${repository} is accepted by the trust rules, so the newest are none, and all would go; nothing of it was removed: ${why}`,
      {
        hint: 'Correct the trust file, or mirror the evidence again: "tofu-oci verify" says what is wrong.',
      },
    );
  }
}

/** The registry does not delete. */
export class NoDeletesError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_NO_DELETES';
  readonly category = 'unsupported';
  readonly repository: string;
  /** The registry's own commands that do what was asked for; empty where none are known. */
  readonly commands: readonly string[];
  constructor(
    repository: string,
    { commands, note }: { readonly commands: readonly string[]; readonly note: string },
    cause: unknown,
  ) {
    super(`${repository} does not delete what it is asked to: ${messageOf(cause)}`, {
      cause,
      hint: commands.length === 0 ? note : `${note}\n${commands.join('\n')}`,
    });
    this.repository = repository;
    this.commands = commands;
  }
}

/** The registry removes manifests with all their tags only, and another tag is at the same manifest. */
export class SharedManifestError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_SHARED_MANIFEST';
  readonly category = 'unsupported';
  readonly tags: readonly string[];
  constructor(
    place: { readonly repository: string; readonly tag: string },
    tags: readonly string[],
  ) {
    const others = tags.length > 0 ? `the tag ${printable(tags.join(', '), 300)}` : 'another index';
    super(
      `tag ${place.tag} of ${place.repository} can not be removed: the registry removes tags only together with their manifest, which ${others} needs`,
      { hint: 'Remove or move the other tag first, or keep this version.' },
    );
    this.tags = tags;
  }
}

/** What a tag is at can not be read, so nobody knows what it needs. */
export class UnreadableTagError extends TofuOciError {
  readonly code = 'ERR_PUBLISH_UNREADABLE_TAG';
  readonly category: ErrorCategory;
  readonly tag: string;
  constructor(place: { readonly repository: string; readonly tag: string }, cause: unknown) {
    super(
      `what tag ${place.tag} of ${place.repository} is at can not be read, so nobody knows which manifests it needs; nothing of it was removed: ${messageOf(cause)}`,
      { cause, hint: 'Remove that tag, or push it again.' },
    );
    this.tag = place.tag;
    this.category = categoryOf(cause);
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
