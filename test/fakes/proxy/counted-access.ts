import { apiKeyId } from '../../../core/domain/api-key.ts';
import { personId, spaceId } from '../../../core/domain/ids.ts';
import type { ApiAccess, ApiAdmission, ApiAdmitted, ApiPresented } from '../../../core/ports/api-access.ts';

export interface CountedAccess extends ApiAccess {
  readonly shown: readonly ApiPresented[];
  /** Admitted and not yet released. */
  open(): number;
}

type Changes = Partial<Pick<ApiAdmitted, 'isAdmin' | 'upstreamKey' | 'reserve'>>;

/** What is known of keys here: `mc_good` and `mca_good` are, and whatever `keys` names; programs on this machine need none. */
export function createCountedAccess(
  keys: Readonly<Record<string, Changes | ApiAdmission>> = {},
): CountedAccess {
  const known = new Map<string, Changes | ApiAdmission>(
    Object.entries({ mc_good: {}, mca_good: { isAdmin: true }, ...keys }),
  );
  const shown: ApiPresented[] = [];
  let open = 0;

  function admitted(changes: Changes, keyId: string | undefined): ApiAdmitted {
    open += 1;
    let isReleased = false;
    return {
      kind: 'admitted',
      caller: {
        spaceId: spaceId('api', 'here'),
        personId: personId('api', keyId ?? 'local'),
        name: keyId ?? 'this machine',
        ...(keyId === undefined ? {} : { keyId: apiKeyId(keyId) }),
      },
      isAdmin: false,
      upstreamKey: 'own',
      reserve: () => undefined,
      ...changes,
      release() {
        if (isReleased) throw new Error('a request was released twice');
        isReleased = true;
        open -= 1;
      },
    };
  }

  return {
    shown,
    open: () => open,
    admit(presented) {
      shown.push(presented);
      const { key, isFromHere } = presented;
      const refused = { kind: 'refused', reason: 'auth_failed', message: 'A key is needed here.' } as const;
      if (key === undefined) return isFromHere ? admitted({}, undefined) : refused;
      const found = known.get(key);
      if (found === undefined) return { ...refused, message: 'This key is not known here.' };
      return 'kind' in found ? found : admitted(found, `key_of_${key.length}`);
    },
  };
}
