import { z } from 'zod';

const manifestSchema = z.looseObject({ dependencies: z.record(z.string(), z.string()) });

/** The package.json of a bundled package, with the versions that are bundled with it in place of those that it asks for. */
export const bundledManifest = (manifest: unknown, overrides: Readonly<Record<string, string>>) => {
  const parsed = manifestSchema.parse(manifest);
  return { ...parsed, dependencies: { ...parsed.dependencies, ...overrides } };
};
