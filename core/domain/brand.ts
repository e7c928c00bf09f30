/** Makes a string type that cannot be mixed up with another one; costs nothing at run time. */
export type Brand<Name extends string> = string & { readonly __brand: Name };
