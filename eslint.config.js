import tseslint from 'typescript-eslint';

/** `process` and `console` belong to the edge; everything else gets what it needs handed in. */
const edgeOnly = ['console', 'process'].map((name) => ({
  name,
  message: `only src/cli/main.ts and src/cli/wire.ts may use ${name}; take what you need as a parameter`,
}));

const bannedSyntax = [
  {
    selector: "CallExpression[callee.property.name='pipe'][arguments.length>0]",
    message: 'use pipeline() from node:stream/promises: .pipe() loses errors',
  },
  { selector: 'ExportDefaultDeclaration', message: 'name what you export' },
];

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-globals': ['error', ...edgeOnly],
      'no-restricted-syntax': ['error', ...bannedSyntax],
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/cli/main.ts', 'src/cli/wire.ts', 'src/cli/bin.ts'],
    rules: { 'no-restricted-globals': 'off' },
  },
  {
    files: ['**/*.test.ts', 'test/**', 'bench/**', 'scripts/**', '*.config.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-syntax': ['error', bannedSyntax[0]],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
