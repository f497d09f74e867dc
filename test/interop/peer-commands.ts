import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findPeer, type Peer } from '../support/peers.ts';
import { type Finished, runCli, type RunOptions, runProgram } from '../support/run-cli.ts';

export const oras = findPeer('oras', 'ORAS_BIN');
export const skopeo = findPeer('skopeo', 'SKOPEO_BIN');

/** The platform that this machine installs providers for, in OpenTofu's words. */
export const hostPlatform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** The title of a test that needs real programs; says which one is missing when it is skipped. */
export function titled(title: string, ...peers: readonly Peer[]): string {
  const reasons = peers.flatMap(({ path, reason }) => (path === undefined ? [reason] : []));
  return reasons.length === 0 ? title : `${title} (skipped: ${reasons.join(', ')})`;
}

export function isMissing(...peers: readonly Peer[]): boolean {
  return peers.some(({ path }) => path === undefined);
}

/** Runs a peer that is expected to succeed, and gives its stdout. */
export async function runPeer(
  peer: Pick<Peer, 'path'>,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(peer.path ?? '', args, options);
  expect(code, `${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Runs our command line, expecting it to succeed. */
export async function runOurs(args: readonly string[], options: RunOptions): Promise<Finished> {
  const result = await runCli(args, options);
  expect(result.code, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result;
}

export interface PushedSummary {
  readonly action: string;
  readonly digest: string;
  readonly tag: string;
  readonly evidence: string;
  readonly packages: readonly { readonly platform: string; readonly outcome: string }[];
}

/** `tofu-oci push --json`, expected to succeed: its summary. */
export async function push(args: readonly string[], options: RunOptions): Promise<PushedSummary> {
  const { stdout } = await runOurs(['push', ...args, '--json'], options);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as PushedSummary;
}

/** A project that requires one provider under the local name `thing`. */
export async function writeProject(
  folder: string,
  { source, version }: { readonly source: string; readonly version: string },
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source  = "${source}"\n      version = "${version}"\n    }\n  }\n}\n`,
  );
  return folder;
}

/** A CLI configuration that installs everything from one registry; `more` is written after it. */
export async function writeTofurc(path: string, host: string, more = ''): Promise<string> {
  const template = `${host}/tf/\${hostname}/\${namespace}/\${type}`;
  await writeFile(
    path,
    `provider_installation {\n  oci_mirror {\n    repository_template = "${template}"\n    include             = ["*/*/*"]\n  }\n}\n${more}`,
  );
  return path;
}

/** Text as it was meant, without the frame and the line breaks that a terminal's width put in. */
export function unwrapped({ stdout, stderr }: Finished): string {
  return `${stdout}${stderr}`.replaceAll(/\s*[│╷╵]\s*|\s+/gu, ' ');
}
