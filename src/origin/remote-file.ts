import { type CallOptions, redactUrl } from '../base/index.ts';
import { type BodyRest, discard, type HttpClient, type HttpResponse } from '../http/index.ts';
import type { DownloadRequest, PackageAddress } from './download.ts';
import { InvalidDocumentError, UnsuccessfulStatusError } from './errors.ts';
import { exchangeWhole, statusText } from './exchange.ts';

/** What is opened from its start. */
interface OpenedFile {
  readonly response: HttpResponse;
  /** Bytes, where the answer announces them. */
  readonly size: number | undefined;
}

/** How a server tells one state of a file from another. */
interface FileState {
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly modified: string | undefined;
}

/** What a signed address is answered with when its time is over, by the large stores. */
const refusedStatuses = new Set([400, 401, 403, 404, 410]);

/** A file at an address that somebody else named: read from its start, and from where a reading broke off. */
export class RemoteFile {
  readonly #http: HttpClient;
  readonly #retries: number;
  #address: PackageAddress;
  #renew: DownloadRequest['renew'];
  #state: FileState = { size: undefined, etag: undefined, modified: undefined };
  #hasChanged = false;

  constructor(http: HttpClient, { renew, ...address }: DownloadRequest, retries: number) {
    this.#http = http;
    this.#address = address;
    this.#renew = renew;
    this.#retries = retries;
  }

  /** It was another file when it was to be read on. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** @throws UnsuccessfulStatusError, and what HttpClient.send throws */
  async open(call: CallOptions): Promise<OpenedFile> {
    this.#hasChanged = false;
    const response = await this.#send({}, (status) => status === 200, call);
    this.#state = stateOf(response);
    return { response, size: this.#state.size };
  }

  /** @throws as `open`, and InvalidDocumentError when it is another file now */
  async reopen(offset: number, call: CallOptions): Promise<BodyRest> {
    const before = this.#state;
    const address = this.#address;
    // A weak tag says that two states are as good as each other, not that they have the same bytes.
    const tag = before.etag?.startsWith('W/') === true ? undefined : before.etag;
    const headers: Record<string, string> = {
      range: `bytes=${offset}-`,
      ...(tag === undefined ? {} : { 'if-range': tag }),
    };
    const response = await this.#send(
      offset === 0 ? {} : headers,
      (status) => status === 200 || (status === 206 && offset > 0) || status === 416,
      call,
    );
    const isElsewhere = address !== this.#address;
    const startsAt = response.status === 206 ? offset : 0;
    if (!fits(before, response, { offset, isElsewhere })) {
      response.body.destroy();
      this.#hasChanged = true;
      throw new InvalidDocumentError(
        `${redactUrl(response.url)} became another file while it was downloaded`,
        { hint: 'Run the same command again.' },
      );
    }
    return { response, startsAt };
  }

  async #send(
    headers: Readonly<Record<string, string>>,
    isRight: (status: number) => boolean,
    call: CallOptions,
  ): Promise<HttpResponse> {
    for (;;) {
      const { referredBy, url } = this.#address;
      const response = await exchangeWhole(
        this.#http,
        { url, referredBy, headers, longBody: true, rules: { retries: this.#retries } },
        (answer) => Promise.resolve(answer),
        call,
      );
      if (isRight(response.status)) return response;
      discard(response.body);
      const renew = this.#renew;
      if (renew === undefined || !refusedStatuses.has(response.status)) {
        throw new UnsuccessfulStatusError(
          `unsuccessful request to ${redactUrl(url)}: ${statusText(response.status)}`,
          response.status,
          { hint: hintOf(response.status) },
        );
      }
      this.#renew = undefined;
      this.#address = await renew(call);
    }
  }
}

function hintOf(status: number): string {
  if (status === 404 || status === 410) {
    return 'The registry or mirror names a package that is not there; ask who runs it.';
  }
  if (status === 401 || status === 403) {
    return 'The server that the registry or mirror names for packages refuses this one; a proxy on the way, or who runs it, can tell why.';
  }
  if (status === 429 || status >= 500) {
    return 'The server of the package has trouble of its own: run the same command again later.';
  }
  return 'The registry or mirror names an address without the package; ask who runs it.';
}

function stateOf({ headers }: HttpResponse): FileState {
  return {
    size: lengthOf(headers.get('content-length')),
    etag: headers.get('etag'),
    modified: headers.get('last-modified'),
  };
}

/** Whether an answer continues what was read, as far as the server tells. */
function fits(
  before: FileState,
  response: HttpResponse,
  { isElsewhere, offset }: { readonly offset: number; readonly isElsewhere: boolean },
): boolean {
  // There is nothing any more where the rest should begin.
  if (response.status === 416) return false;
  const now = stateOf(response);
  // Two stores give the same file different tags.
  const isSame = (one: string | undefined, other: string | undefined): boolean =>
    isElsewhere || one === undefined || other === undefined || one === other;
  if (!isSame(before.etag, now.etag) || !isSame(before.modified, now.modified)) return false;
  if (response.status === 200) {
    return before.size === undefined || now.size === undefined || before.size === now.size;
  }
  const range = /^bytes (?<first>\d{1,15})-(?<last>\d{1,15})\/(?<total>\d{1,15}|\*)$/u.exec(
    response.headers.get('content-range') ?? '',
  )?.groups;
  if (Number(range?.first ?? Number.NaN) !== offset) return false;
  const end = Number(range?.last) + 1;
  const total = range?.total === '*' ? end : Number(range?.total);
  return end === total && (before.size === undefined || before.size === total);
}

/** Of a Content-Length; undefined for what is none. */
export function lengthOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/u.test(header) ? Number(header) : undefined;
}
