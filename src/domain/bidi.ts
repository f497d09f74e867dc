// The Bidi rule (RFC 5893 §2), which keeps names from reading differently than they compare. JavaScript knows
// no bidirectional classes, and Node's own tables do not apply the rule in full, so the classes are spelt out
// here for what IDNA leaves in a label: letters, marks, digits and symbols.

/** Class AN: they make a name bidirectional, though they read from left to right. */
const arabicNumber = '\\u0660-\\u0669\\u066b\\u066c\\u{10d30}-\\u{10d39}\\u{10e60}-\\u{10e7e}';
/** Class EN, as far as it is not mapped to ASCII. */
const europeanNumber = '0-9\\u06f0-\\u06f9\\u{102e1}-\\u{102fb}';
/** What stands between right-to-left letters and has no direction of its own. */
const neutral =
  '\\u0606\\u0607\\u0609\\u060a\\u060c\\u060e\\u060f\\u066a\\u06de\\u06e9\\u07f6-\\u07f9\\ufd3e-\\ufd4f\\ufdcf\\ufdfd-\\ufdff\\u{1091f}\\u{10b39}-\\u{10b3f}\\u{10d6e}\\u{1eef0}\\u{1eef1}';
/** The blocks that Unicode keeps for right-to-left scripts. */
const blocks =
  '\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefe\\u{10800}-\\u{10fff}\\u{1e800}-\\u{1efff}';

/** Classes R and AL. */
const rtl = `(?![${arabicNumber}${europeanNumber}${neutral}\\p{Mn}])[${blocks}]`;
/** Class L. */
const ltr = `(?![${arabicNumber}${europeanNumber}${blocks}])[\\p{L}\\p{Mc}\\p{Nl}\\p{Nd}]`;

const makesBidi = new RegExp(`${rtl}|[${arabicNumber}]`, 'u');
const startsRtl = new RegExp(`^${rtl}`, 'u');
const endsRtl = new RegExp(`(?:${rtl}|[${arabicNumber}${europeanNumber}])\\p{Mn}*$`, 'u');
const startsLtr = new RegExp(`^${ltr}`, 'u');
const endsLtr = new RegExp(`(?:${ltr}|[${europeanNumber}])\\p{Mn}*$`, 'u');
const hasLtr = new RegExp(ltr, 'u');
const hasArabicNumber = new RegExp(`[${arabicNumber}]`, 'u');
const hasEuropeanNumber = new RegExp(`[${europeanNumber}]`, 'u');

/** Whether labels (Unicode form) that belong to one name obey the rule. */
export function obeysBidiRule(labels: readonly string[]): boolean {
  return !labels.some((label) => makesBidi.test(label)) || labels.every(isSound);
}

function isSound(label: string): boolean {
  if (!startsRtl.test(label)) {
    return startsLtr.test(label) && !makesBidi.test(label) && endsLtr.test(label);
  }
  const mixesDigits = hasArabicNumber.test(label) && hasEuropeanNumber.test(label);
  return !hasLtr.test(label) && endsRtl.test(label) && !mixesDigits;
}
