import type { Admission } from '../domain/inbound-event.ts';
import type { CachePort } from '../ports/cache.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { SettingsStore } from '../ports/settings-store.ts';

export interface AdmissionDeps {
  readonly settings: SettingsStore;
  readonly cache: CachePort;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Subjects that the operator's settings admit: `<platform>:user:<id>`, `<platform>:chat:<id>`. */
  readonly listed: readonly string[];
}

/** Who may talk here. */
export interface AdmissionDesk {
  admits(admission: Admission): Promise<boolean>;
  /** A code that links one subject once. Valid for `linkCodeTtlMs`. */
  issueCode(): Promise<string>;
  /**
   * Links the first subject if the code is right, also for somebody whom another subject lets in: so a person who may
   * talk can let their group in. `throttled`: too many wrong codes from here.
   */
  redeem(code: string, admission: Admission): Promise<RedeemResult>;
  linked(): Promise<readonly string[]>;
  unlink(subject: string): Promise<boolean>;
}

export type RedeemResult = 'linked' | 'already_in' | 'wrong_code' | 'throttled';

export const linkCodeTtlMs = 24 * 60 * 60 * 1000;
/** The settings' scope whose keys are the subjects that were linked. */
export const linkScope = 'links';
const codeChars = 10;
const wrongCodesAllowed = 5;
const wrongCodeMemoryMs = 60 * 60 * 1000;

const codeKey = (code: string): string => `link-code:${code.trim().toLowerCase().replaceAll('-', '')}`;

export function createAdmissionDesk(deps: AdmissionDeps): AdmissionDesk {
  const listed = new Set(deps.listed);
  /** Every message asks; the links change rarely and only here. */
  let links: Promise<Set<string>> | undefined;

  function currentLinks(): Promise<Set<string>> {
    const loading = links ?? deps.settings.list(linkScope).then((entries) => new Set(Object.keys(entries)));
    links = loading;
    // A store that was down for a moment must not be remembered as such.
    loading.catch(() => {
      if (links === loading) links = undefined;
    });
    return loading;
  }

  async function admits(admission: Admission): Promise<boolean> {
    if (admission.kind === 'open' || admission.subjects.some((subject) => listed.has(subject))) return true;
    const known = await currentLinks();
    return admission.subjects.some((subject) => known.has(subject));
  }

  async function countWrongCode(subject: string): Promise<void> {
    const key = `link-wrong:${subject}`;
    const before = await deps.cache.get(key);
    await deps.cache.set(key, (typeof before === 'number' ? before : 0) + 1, wrongCodeMemoryMs);
  }

  return {
    admits,
    async issueCode() {
      const code = deps.ids.code(codeChars);
      await deps.cache.set(codeKey(code), { issuedAt: deps.clock.now() }, linkCodeTtlMs);
      return code;
    },
    async redeem(code, admission) {
      if (admission.kind === 'open') return 'already_in';
      const [subject] = admission.subjects;
      if (subject === undefined) return 'wrong_code';
      if (await admits({ kind: 'linked', subjects: [subject] })) return 'already_in';
      const isIn = await admits(admission);
      const wrong = await deps.cache.get(`link-wrong:${subject}`);
      if (typeof wrong === 'number' && wrong >= wrongCodesAllowed) return isIn ? 'already_in' : 'throttled';
      const ticket = await deps.cache.take(codeKey(code));
      if (ticket === undefined) {
        await countWrongCode(subject);
        return isIn ? 'already_in' : 'wrong_code';
      }
      try {
        await deps.settings.set(linkScope, subject, { linkedAt: deps.clock.now() });
      } catch (error) {
        // The code has let nobody in: it goes on being good.
        await deps.cache.set(codeKey(code), ticket, linkCodeTtlMs);
        throw error;
      }
      (await currentLinks()).add(subject);
      return 'linked';
    },
    async linked() {
      return [...listed, ...(await currentLinks())];
    },
    async unlink(subject) {
      const gone = await deps.settings.delete(linkScope, subject);
      (await currentLinks()).delete(subject);
      return gone;
    },
  };
}
