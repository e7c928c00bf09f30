/** What every answer carries, as hono’s `secureHeaders` takes it: scripts, styles and pictures of our own only, in nobody’s frame. */
export const headerRules = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ['metaclaw'],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  // Whether TLS stands before us is the proxy's business.
  strictTransportSecurity: false,
  permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
};
