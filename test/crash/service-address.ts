/** The URL of the running service. Clients wait for it while the service does not run. */
export class ServiceAddress {
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
