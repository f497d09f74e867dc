// The Bidi rule (RFC 5893 §2), which keeps names from reading differently than they compare. By scripts, since
// JavaScript knows no bidirectional classes; Node's own tables do not apply the rule in full.

const scripts = [
  'Adlam',
  'Arabic',
  'Hanifi_Rohingya',
  'Hebrew',
  'Mandaic',
  'Mende_Kikakui',
  'Nko',
  'Samaritan',
  'Syriac',
  'Thaana',
];
const rightToLeft = scripts.map((script) => `\\p{Script=${script}}`).join('');
const rtlLetter = new RegExp(`(?=\\p{L})[${rightToLeft}]`, 'u');
const rtlLabel = new RegExp(`^(?:(?=\\p{L})[${rightToLeft}])`, 'u');
const ltrLetter = new RegExp(`(?=\\p{L})[^${rightToLeft}]`, 'u');
const rtlEnd = new RegExp(`(?:(?=\\p{L})[${rightToLeft}]|\\p{Nd})\\p{Mn}*$`, 'u');

/** Whether labels (Unicode form) that belong to one name obey the rule. */
export function obeysBidiRule(labels: readonly string[]): boolean {
  return !labels.some((label) => rtlLetter.test(label)) || labels.every(isSound);
}

function isSound(label: string): boolean {
  if (!rtlLetter.test(label)) return !/^\p{Nd}/u.test(label);
  const mixesDigits = /[0-9\u06f0-\u06f9]/u.test(label) && /[\u0660-\u0669]/u.test(label);
  return rtlLabel.test(label) && !ltrLetter.test(label) && rtlEnd.test(label) && !mixesDigits;
}
