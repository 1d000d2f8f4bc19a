/// The templates of `etc/grub/`, for where no folder of templates is configured, or one of its files is missing or wrong.
enum DefaultTemplates {}
