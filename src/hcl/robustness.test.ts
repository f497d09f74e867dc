import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectLinearTime,
  expectPlacesWithin,
  fragments,
} from '../../test/support/hostile-texts.ts';
import {
  evaluate,
  type Expression,
  parseExpression,
  parseHcl,
  parseHcl1,
  parseTemplate,
  variablesIn,
} from './index.ts';

const configuration = `# Versions
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.0" }
  }
}
resource "aws_instance" "web" {
  count = var.n > 0 ? var.n : 1
  name  = "web-\${count.index}%{ if var.x ~} é %{~ else }y%{ endif }"
  tags  = { for k, v in var.tags : k => upper(v)... if v != null }
  ids   = [aws_x.y[*].id, a.*.b.0, !c && -d]
  data  = <<-EOT
    x \${y}
      z
    EOT
}
`;

const cliConfiguration = `provider_installation {
  oci_mirror {
    repository_template = "ghcr.io/\${namespace == "x" ? "a" : "b"}/\${type}"
    include = ["registry.opentofu.org/*/*",] # all
  }
  direct { exclude = ["a/b"] }
}
host "example.com" { services = { "providers.v1" = "https://x/" } }
doc = <<EOF
text
EOF
`;

const snippets = fc.constantFrom(
  ...[
    '"',
    '${',
    '%{',
    '}',
    '{',
    '[',
    ']',
    '(',
    ')',
    '\n',
    '\r',
    '=',
    '=>',
    '...',
    '.',
    '.*',
    '[*]',
  ],
  ...[
    '::',
    '0',
    '1.',
    'for',
    'in',
    'if',
    '~}',
    '${~',
    '$${',
    '\\',
    '\\u1',
    '<<E\n',
    '<<-E\n',
    'E\n',
  ],
  ...['#', '/*', '*/', '&', '?', ':', ',', 'e\u0301', '👩‍👧', '\ud800', '\ufeff', '\0', '%{ endif }'],
);

/** A valid file with pieces put in, cut out and moved. */
function mutated(text: string): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.nat(text.length),
    cut: fc.nat(12),
    put: fc.oneof(snippets, fc.string({ maxLength: 4, unit: 'binary' })),
  });
  return fc
    .array(edit, { minLength: 1, maxLength: 6 })
    .map((edits) =>
      edits.reduce((now, { at, cut, put }) => now.slice(0, at) + put + now.slice(at + cut), text),
    );
}

const soup = fc
  .array(fc.oneof(snippets, fc.constantFrom('a', ' ', 'b = ')), { maxLength: 40 })
  .map((parts) => parts.join(''));
const anything = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), soup);

function work(expression: Expression): void {
  variablesIn(expression);
  evaluate(expression);
  const { value, diagnostics } = evaluate(expression, { var: { n: 1 }, y: 'y' });
  expect(value === undefined).toBe(diagnostics.length > 0);
}

function readAll(text: string): void {
  const { body, diagnostics } = parseHcl(text, 't');
  for (const { range } of diagnostics) {
    expect(range?.start.byte).toBeGreaterThanOrEqual(0);
    expect(range?.end.byte).toBeLessThanOrEqual(Buffer.byteLength(text));
  }
  for (const { expression } of body.attributes) work(expression);
  for (const block of body.blocks) {
    for (const { expression } of block.body.attributes) work(expression);
  }
  work(parseTemplate(text, 't').expression);
  work(parseExpression(text, 't').expression);
  expectPlacesWithin(text, parseHcl1(text, 't').diagnostics);
  expectPlacesWithin(`{${text}`, parseHcl1(`{${text}`, 't').diagnostics);
}

describe('the readers', () => {
  it('never throw, whatever the text', () => {
    fc.assert(fc.property(anything, readAll), { numRuns: 400 });
  });

  it('never throw on a configuration with mistakes', () => {
    expect(parseHcl(configuration, 't').diagnostics).toEqual([]);
    fc.assert(fc.property(mutated(configuration), readAll), { numRuns: 300 });
  });

  it('never throw on a CLI configuration with mistakes', () => {
    expect(parseHcl1(cliConfiguration, 't').diagnostics).toEqual([]);
    fc.assert(fc.property(mutated(cliConfiguration), readAll), { numRuns: 300 });
  });

  it.each(fragments)('take linear time: many of %j', (fragment) => {
    expectLinearTime((text) => parseHcl(text, 't'), fragment);
    expectLinearTime((text) => parseTemplate(text, 't'), fragment);
    expectLinearTime((text) => parseExpression(text, 't'), fragment);
    expectLinearTime((text) => parseHcl1(text, 't'), fragment);
    expectLinearTime((text) => parseHcl1(`{${text}`, 't'), fragment);
  });

  it('read back any string that is quoted properly', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const escaped = text
          .replaceAll('\\', '\\\\')
          .replaceAll('"', '\\"')
          .replaceAll('\n', '\\n')
          .replaceAll('\r', '\\r');
        const quoted = escaped.replaceAll('${', '$${').replaceAll('%{', '%%{');
        // A mark before an escaped opener is taken with it: HCL has no way to write that.
        fc.pre(!/[$]{2}\{|%%\{/.test(escaped));
        const { expression, diagnostics } = parseExpression(`"${quoted}"`, 't');
        expect(diagnostics).toEqual([]);
        expect(evaluate(expression).value).toBe(text.normalize('NFC'));
        expect(parseHcl1(`a = "${escaped.replaceAll('${', '')}"`, 't').diagnostics).toEqual([]);
      }),
    );
  });
});
