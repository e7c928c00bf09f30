import { stemEnglish } from './stem-english.ts';

/**
 * Words so common in any talk that they point at a skill only weakly, however rare they are in a small library. In a
 * library of a dozen nearly every word is rare; this stands in for the statistics that such a library cannot have.
 */
const words = `
answer back bad begin believe best better big boring bought bring build busy buy call care case cause change child
city clean clear close company count country couple customer cut date day decide drink early easy eat end evening eye
fact fall family far fast feel few finish follow food form found free friday friend full fun game girl great group
grow guy half hand happen happy hard hate head hear heard high hit hold home hot hour house idea important inform job
join kid kind late lead learn leave left life light line list listen live long lose low lunch main man matter mean
meaning meet middle minute moment monday money month move music name night note number office open part party past pay
people person photo picture place plain play point possible post problem question quiet reach read ready real reason
remember rest result room run safe saturday school second send sense serious set share short side sign sit size sleep
small song sound speak speed spend stand start state status stay step stop story strong sunday support take talk test
text thursday time tired touch trouble true tuesday turn understand video view visit wait walk watch water wednesday
week weekend weird wife win woman word work world worry worse worst write written wrong wrote year young
one two three four five six seven eight nine ten hundred thousand million first second third
`;

const stems: ReadonlySet<string> = new Set(words.trim().split(/\s+/).map(stemEnglish));

/** How much of its evidence a term keeps: less than 1 for the common words of any talk. */
export function evidenceShare(term: string): number {
  return stems.has(term) ? 0.35 : 1;
}
