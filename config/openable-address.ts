/** An address of a listener as it can be opened on its own machine: a wildcard is none. */
export function openableAddress(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
