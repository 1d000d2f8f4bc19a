extension DefaultTemplates {
    /// `etc/grub/image.cfg`, as shipped.
    static let image = ##"""
        # The first configuration in the image of a PC. The PC's menu is in the image, too: nothing is asked of the server but
        # what LINBO wants booted once.
        regexp --set=1:linbo_net '^\(([^)]+)\)' "$cmdpath"
        if [ -z "$linbo_net" -a -n "$net_default_server" ]; then set linbo_net=tftp; fi
        export linbo_net
        if [ -n "$linbo_net" ]; then set root=$linbo_net; fi

        # The server knows the PC by its address.
        if [ -s "($linbo_net)/boot/grub/spool/.reboot" ]; then
          load_env -f "($linbo_net)/boot/grub/spool/.reboot" reboot_grub reboot_kernel reboot_initrd reboot_append
          if [ -n "$reboot_grub" -a -n "$reboot_kernel" ]; then
            echo "LINBO: booting $reboot_grub $reboot_kernel once"
            linux "$reboot_grub/$reboot_kernel" $reboot_append
            if [ -n "$reboot_initrd" ]; then initrd "$reboot_grub/$reboot_initrd"; fi
            boot
          fi
        fi

        source (memdisk)/boot/grub/menu.cfg
        # Only now, as GRUB looks there for lists of modules at once: for what the menu may need and this image does not have.
        if [ -n "$linbo_net" ]; then set prefix=($linbo_net)/boot/grub; fi

        """##
}
