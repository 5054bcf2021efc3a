import { type DocumentNode, Source } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';

/** A parsed document takes up to 200 times its text, so the cache takes up to 20 MB. */
const MAX_CACHED_CHARACTERS = 100_000;

/**
 * Parses and validates a document once. In place of Yoga's own caches, which count entries and not their size, and keep
 * the errors of invalid documents.
 */
export class DocumentCache {
  readonly #byText = new LRUCache<string, DocumentNode>({
    maxSize: MAX_CACHED_CHARACTERS,
    sizeCalculation: (_document, text) => Math.max(1, text.length),
  });
  readonly #valid = new WeakSet<DocumentNode>();

  /** The document with this text, if it is valid and within the limits. */
  get(text: string): DocumentNode | undefined {
    return this.#byText.get(text);
  }

  /** Fills the cache, and answers from it. */
  plugin(): Plugin {
    return {
      onParse: ({ params: { source }, setParsedDocument }) => {
        const document = this.get(textOf(source));
        if (document) setParsedDocument(document);
      },
      onValidate: ({ params: { documentAST }, setResult }) => {
        if (this.#valid.has(documentAST)) return setResult([]);
        return ({ result }) => {
          const text = documentAST.loc?.source.body;
          if (result.length > 0 || text === undefined) return;
          this.#valid.add(documentAST);
          this.#byText.set(text, documentAST);
        };
      },
    };
  }
}

const textOf = (source: string | Source): string => (source instanceof Source ? source.body : source);
