/** Where the pages are, for links and for what people copy from them. */
export interface Place {
  /** `https://tofu.example.com`, without a slash at its end. */
  readonly url: string;
  /** As provider addresses name it. */
  readonly host: string;
  readonly repositoryTemplate: string | undefined;
  /** Whether there is more to see for who logs in. */
  readonly login: 'offered' | 'none';
}
