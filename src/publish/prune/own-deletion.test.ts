import { describe, expect, it } from 'vitest';
import { type Digest, digestOf } from '../../spec/index.ts';
import { ownDeletionOf } from './own-deletion.ts';

const digest = (text: string | number): Digest => digestOf(Buffer.from(String(text)));
const [index, package_] = [digest('index'), digest('package')];
const one = { tags: ['1.0.0'], indexes: [index], others: [package_] };

describe('the commands of registries', () => {
  it('delete indexes before what these name', () => {
    const registry = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
    const { commands, neverDeletes } = ownDeletionOf({ registry, path: 'tf/thing' }, one);
    const call =
      'aws ecr batch-delete-image --registry-id 123456789012 --region eu-west-1 --repository-name tf/thing --image-ids';
    expect(commands).toEqual([`${call} imageDigest=${index}`, `${call} imageDigest=${package_}`]);
    expect(neverDeletes).toBe(true);
  });

  it('name as many as one call takes', () => {
    const registry = '123456789012.dkr-ecr.eu-west-1.on.aws';
    const indexes = Array.from({ length: 101 }, (_, at) => digest(at));
    const { commands } = ownDeletionOf({ registry, path: 'x' }, { ...one, indexes, others: [] });
    expect(commands.map((text) => text.split('imageDigest=').length - 1)).toEqual([100, 1]);
  });

  it("name packages of GitHub's by their path below the owner", () => {
    const { commands } = ownDeletionOf({ registry: 'ghcr.io', path: 'acme/tf/thing' }, one);
    expect(commands).toEqual([
      `gh api --paginate '/orgs/acme/packages/container/tf%2Fthing/versions' --jq '.[] | select(.name | IN("${index}","${package_}")) | .id' | xargs -I{} gh api --method DELETE '/orgs/acme/packages/container/tf%2Fthing/versions/{}'`,
    ]);
  });

  it.each([undefined, { registry: 'registry.example.com', path: 'ghcr.io/x' }])(
    'are not made up for others',
    (address) => {
      expect(ownDeletionOf(address, one)).toMatchObject({ commands: [], neverDeletes: false });
    },
  );
});
