import type { Agent } from 'node:http';
import { type Digest, digestOf, mediaTypes } from '../../src/spec/index.ts';
import { send, type TestAnswer, type TestRequest } from '../support/http-request.ts';
import type { Random } from '../support/random.ts';
import { emptyDescriptor, imageManifest } from '../support/running-registry.ts';

export interface Image {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly layers: readonly Digest[];
}

/** An upload in pieces that had not been closed when the server was killed. */
export interface OpenUpload {
  readonly location: string;
  readonly content: Buffer;
  /** What the server said that it has. */
  acknowledged: number;
  /** The request that closes it was sent: it may be over. */
  isClosing: boolean;
}

export interface ClientPlace {
  readonly repository: string;
  /** Has some of the same blobs. */
  readonly sibling: string;
  /** Begins the names of tags and contents that nobody else has. */
  readonly name: string;
  readonly random: Random;
  /** Layers that all clients use, so that what one collects or deletes another one needs. */
  readonly shared: readonly Buffer[];
}

const maxTags = 5;
const maxImages = 7;

/**
 * Pushes, moves and deletes, one thing at a time, and knows what must be true: a request that was answered has
 * happened, one that was not may have.
 */
export class KilledClient {
  readonly place: ClientPlace;
  /** Each tag to where it may point; to one place when that was acknowledged. */
  readonly tags = new Map<string, ReadonlySet<Digest | undefined>>();
  readonly images = new Map<Digest, { readonly image: Image; isThere: boolean | 'perhaps' }>();
  /** Blobs that nothing needs, that were acknowledged and not deleted: a collection may take them. */
  readonly orphans = new Set<Digest>();
  readonly deletedBlobs = new Set<Digest>();
  open: OpenUpload | undefined;
  acknowledged = 0;
  #server: { readonly url: string; readonly agent: Agent } = { url: '', agent: undefined as never };
  #number = 0;

  constructor(place: ClientPlace) {
    this.place = place;
  }

  /** Works until the server is gone. @throws what no server should answer, and the error when it goes */
  async work(server: { readonly url: string; readonly agent: Agent }): Promise<never> {
    this.#server = server;
    for (;;) {
      await this.#step();
      this.acknowledged += 1;
    }
  }

  async #step(): Promise<void> {
    const { random } = this.place;
    const there = [...this.images.values()].filter(({ isThere }) => isThere === true);
    const tagged = [...this.tags].filter(([, places]) => !places.has(undefined));
    const dice = random.below(100);
    if (there.length > 0 && (there.length >= maxImages || dice < 15)) {
      await this.#deleteImage(random.pick(there).image);
    } else if (tagged.length > 0 && dice < 30) {
      await this.#deleteTag(random.pick(tagged)[0]);
    } else if (there.length > 0 && dice < 50) {
      await this.#putImage(random.pick(there).image, this.#tag());
    } else if (dice < 60) {
      await this.#orphan();
    } else {
      await this.#push();
    }
  }

  #tag(): string {
    return `${this.place.name}-t${this.place.random.below(maxTags)}`;
  }

  async #push(): Promise<void> {
    const { name, random, shared } = this.place;
    const own = Buffer.alloc(1 + random.below(30_000), `${name} ${this.#number++}`);
    const contents = [random.pick(shared), random.below(3) === 0 ? own : random.pick(shared)];
    const note = { note: `${name} ${this.#number++}` };
    const layers = contents.map((bytes) => ({
      mediaType: 'application/octet-stream',
      digest: digestOf(bytes),
      size: bytes.length,
    }));
    const bytes = Buffer.from(JSON.stringify(imageManifest({ layers, annotations: note })));
    const digests = [...layers.map(({ digest }) => digest), emptyDescriptor.digest as Digest];
    const image = { digest: digestOf(bytes), bytes, layers: digests };
    for (const content of [...contents, Buffer.from('{}')]) await this.#provide(content);
    await this.#putImage(image, random.below(4) === 0 ? undefined : this.#tag());
  }

  /** As clients do: only what is not there is sent, if it can not be had from next door. */
  async #provide(content: Buffer): Promise<void> {
    const { random, repository, sibling } = this.place;
    const digest = digestOf(content);
    const head = await this.#ask('HEAD', `/v2/${repository}/blobs/${digest}`, [200, 404]);
    if (head.status === 200 && random.below(4) > 0) return;
    if (random.below(4) === 0) {
      const query = `mount=${digest}&from=${sibling}`;
      const path = `/v2/${repository}/blobs/uploads/?${query}`;
      const { headers, status } = await this.#ask('POST', path, [201, 202]);
      if (status === 202) await this.#sendTo(String(headers.location), content);
    } else await this.#upload(content);
  }

  async #upload(content: Buffer): Promise<void> {
    const { random, repository } = this.place;
    const path = `/v2/${repository}/blobs/uploads/`;
    if (random.below(2) === 0) {
      await this.#ask('POST', `${path}?digest=${digestOf(content)}`, [201], { body: content });
    } else {
      const { headers } = await this.#ask('POST', path, [202]);
      await this.#sendTo(String(headers.location), content);
    }
  }

  /** In one piece or several, which the last request may be one of. */
  async #sendTo(location: string, content: Buffer): Promise<void> {
    const { random } = this.place;
    this.open = { location, content, acknowledged: 0, isClosing: false };
    for (let pieces = random.below(4); pieces > 0; pieces--) {
      const from = this.open.acknowledged;
      const piece = content.subarray(from, from + 1 + random.below(content.length));
      if (piece.length === 0) break;
      await this.#ask('PATCH', location, [202], pieceRequest(piece, from, random.below(3) === 0));
      this.open.acknowledged += piece.length;
    }
    await this.finish(this.open);
  }

  /** Sends what is missing of an upload, and closes it. */
  async finish(upload: OpenUpload, server = this.#server): Promise<void> {
    this.#server = server;
    const rest = upload.content.subarray(upload.acknowledged);
    upload.isClosing = true;
    const path = `${upload.location}?digest=${digestOf(upload.content)}`;
    const request = rest.length === 0 ? {} : { body: rest };
    await this.#ask('PUT', path, [201], request);
    this.open = undefined;
  }

  async #orphan(): Promise<void> {
    const { name, random, repository } = this.place;
    const content = Buffer.from(`orphan ${name} ${this.#number++}`);
    const digest = digestOf(content);
    await this.#upload(content);
    this.orphans.add(digest);
    if (random.below(2) === 0) return;
    this.orphans.delete(digest);
    // A collection may have been quicker.
    await this.#ask('DELETE', `/v2/${repository}/blobs/${digest}`, [202, 404]);
    this.deletedBlobs.add(digest);
  }

  async #putImage(image: Image, tag: string | undefined): Promise<void> {
    const { digest, bytes } = image;
    const [known, places] = [this.images.get(digest), this.tags.get(tag ?? '')];
    const wasThere = known?.isThere ?? false;
    this.images.set(digest, { image, isThere: wasThere === true ? true : 'perhaps' });
    if (tag !== undefined) this.tags.set(tag, new Set([...(places ?? [undefined]), digest]));
    const path = `/v2/${this.place.repository}/manifests/${tag ?? digest}`;
    const headers = { 'Content-Type': mediaTypes.manifest };
    const { status } = await this.#ask('PUT', path, [201, 404], { headers, body: bytes });
    if (status === 201) {
      this.images.set(digest, { image, isThere: true });
      if (tag !== undefined) this.tags.set(tag, new Set([digest]));
      return;
    }
    // A blob of it was collected in between, which a client that takes its time is told: nothing has changed.
    if (wasThere === true) throw new Error(`${digest} is there, and was refused`);
    this.images.delete(digest);
    if (tag !== undefined) this.tags.set(tag, places ?? new Set([undefined]));
  }

  async #deleteTag(tag: string): Promise<void> {
    this.tags.set(tag, new Set([...(this.tags.get(tag) ?? []), undefined]));
    await this.#ask('DELETE', `/v2/${this.place.repository}/manifests/${tag}`, [202]);
    this.tags.set(tag, new Set([undefined]));
  }

  async #deleteImage(image: Image): Promise<void> {
    const pointing = [...this.tags].filter(([, places]) => places.has(image.digest));
    this.images.set(image.digest, { image, isThere: 'perhaps' });
    for (const [tag, places] of pointing) this.tags.set(tag, new Set([...places, undefined]));
    await this.#ask('DELETE', `/v2/${this.place.repository}/manifests/${image.digest}`, [202]);
    this.images.set(image.digest, { image, isThere: false });
    for (const [tag] of pointing) this.tags.set(tag, new Set([undefined]));
  }

  async #ask(
    method: string,
    path: string,
    expected: readonly number[],
    request: TestRequest = {},
  ): Promise<TestAnswer> {
    const { agent, url } = this.#server;
    const answer = await send(method, url, path, { ...request, agent });
    if (expected.includes(answer.status)) return answer;
    throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
  }
}

function pieceRequest(body: Buffer, from: number, chunked: boolean): TestRequest {
  if (chunked) return { body, chunked };
  return { body, headers: { 'Content-Range': `${from}-${from + body.length - 1}` } };
}
