/// The templates of `etc/grub/`, for where no directory of templates is configured, or one of its files is missing or
/// wrong.
enum DefaultTemplates {}
