extension DefaultTemplates {
    /// `etc/grub/boot.ipxe`, as shipped.
    static let ipxe = ##"""
        #!ipxe
        # boot.ipxe: from iPXE to GRUB.
        iseq ${platform} efi && goto efi ||
        chain boot/grub/i386-pc/core.0 || goto failed

        :efi
        iseq ${buildarch} i386 && chain boot/grub/i386-efi/core.efi ||
        iseq ${buildarch} arm64 && chain boot/grub/arm64-efi/core.efi ||
        chain boot/grub/x86_64-efi/core.efi ||

        :failed
        echo GRUB did not come from the server. See: linboctl why THIS-PC
        sleep 10
        exit

        """##
}
