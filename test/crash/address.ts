/** Where the service is, for clients who wait until it is anywhere. */
export class Address {
  #url = Promise.withResolvers<string>();
  #isOpen = false;

  get(): Promise<string> {
    return this.#url.promise;
  }

  open(url: string): void {
    this.#isOpen = true;
    this.#url.resolve(url);
  }

  close(): void {
    if (this.#isOpen) this.#url = Promise.withResolvers<string>();
    this.#isOpen = false;
  }
}
