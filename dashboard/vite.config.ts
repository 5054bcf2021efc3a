import { defineConfig } from 'vite';

/** All of the page is one script and one style, whose names have a hash of their content. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/dashboard/',
  publicDir: false,
  logLevel: 'warn',
  build: {
    assetsDir: '',
    target: 'es2022',
    emptyOutDir: true,
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
