/**
 * The nonce of this document, by which the component library's style sheets are let through by the page's policy.
 * Read from the property: browsers hide the attribute from scripts and selectors.
 * @returns an empty string in development, where there is no policy
 */
export function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}
