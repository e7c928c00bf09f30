/** Every field of any member of a union. */
export type AllKeys<T> = T extends unknown ? keyof T : never;

/** What a field may hold by any member of a union that has it. */
export type FieldOf<T, K> = T extends unknown ? (K extends keyof T ? T[K] : never) : never;

/** Of a union of things told apart by `type`, the ones of this kind. */
type OfKind<Known, Out> = Out extends { readonly type: infer Kind }
  ? Extract<Known, { readonly type: Kind }>
  : Known;

/** The names of fields, however deep, that `Out` has and `Known` has not; `never` where all are known. */
export type UnknownFields<Out, Known> = Out extends readonly (infer Item)[]
  ? UnknownFields<Item, FieldOf<Known, number>>
  : Out extends object
    ? {
        [K in keyof Out]-?: K extends AllKeys<OfKind<Known, Out>>
          ? UnknownFields<Out[K], FieldOf<OfKind<Known, Out>, K>>
          : K;
      }[keyof Out]
    : never;

/** Compiles only where every field of `Out` is one of `Known`. */
export type OnlyKnown<Out, Known> = [UnknownFields<Out, Known>] extends [never]
  ? true
  : UnknownFields<Out, Known>;

/** Compiles only for `true`. */
export type Holds<T extends true> = T;

/** Compiles only where `Out` names every field of `Arguments` but the token, no other, and nothing that would not fit. */
export type Tied<Out, Arguments> = [Exclude<AllKeys<Arguments>, 'token' | keyof Out>] extends [never]
  ? [
      {
        [K in keyof Out]-?: [Exclude<Out[K], undefined>] extends [FieldOf<Arguments, K>] ? never : K;
      }[keyof Out],
    ] extends [never]
    ? OnlyKnown<Out, Arguments>
    : 'a field does not fit'
  : Exclude<AllKeys<Arguments>, 'token' | keyof Out>;
