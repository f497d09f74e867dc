# Who may sign which providers: docs/trust.md. `tofu-oci trust --write` adds rules, for review. Replace this one.
trust {
  provider "registry.opentofu.org/acme/*" {
    keys = ["0123456789ABCDEF0123456789ABCDEF01234567"]
  }
}
